"""A made-up Seller: an inventory database, a planning service and a Buyer, to try the gateway on one machine."""
