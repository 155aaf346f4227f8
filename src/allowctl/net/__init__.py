"""The only place with outbound sockets."""
