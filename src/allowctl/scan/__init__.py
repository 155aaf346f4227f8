"""From an owner to what others may take: discover, resolve, enrich."""
