"""What the stories share with the contract."""

from tests.contract.conftest import bench, tools

__all__ = ["bench", "tools"]
