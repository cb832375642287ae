"""A made-up installation to look at: a team's Monitors, with weeks of history behind them."""

from webapp.demo.build import NotEmpty, build

__all__ = ["NotEmpty", "build"]
