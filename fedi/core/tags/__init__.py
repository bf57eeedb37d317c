"""Hashtags: which posts have them, who follows and who features them."""
