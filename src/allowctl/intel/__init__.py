"""Facts about spenders and tokens: from the chain, from lists, from price sources."""
