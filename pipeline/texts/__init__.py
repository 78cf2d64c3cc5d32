"""texts: sentences in four languages; plurals, numbers and dates by locale."""
