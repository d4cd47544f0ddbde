"""Market series: from columns to stationary channels, and from channels to what a network sees."""
