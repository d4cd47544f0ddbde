"""Addresses of networks: IPv4 and IPv6, with or without a prefix length, and MAC."""
