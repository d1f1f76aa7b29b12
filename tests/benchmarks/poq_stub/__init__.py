"""A Seller for benchmarks: configuration and mapping, the legacy systems behind them, and what a Buyer asks."""
