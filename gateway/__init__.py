"""poq-gateway: the standard Product Offering Qualification API in front of a Seller's legacy systems."""

__version__ = "0.1.0"
