"""Run all benchmarks, or those named on the command line."""

import sys
from importlib import import_module
from pathlib import Path

FOLDER = Path(__file__).parent


def main() -> int:
    """Run the benchmarks and return how many failed."""
    known = sorted(path.stem for path in FOLDER.glob("*.py") if not path.stem.startswith("_"))
    failed = 0
    for name in sys.argv[1:] or known:
        print(f"\n== {name}")
        try:
            import_module(f"benchmarks.{name}").main()
        except Exception as error:  # noqa: BLE001 one broken benchmark must not stop the rest
            failed += 1
            print(f"failed: {type(error).__name__}: {error}")
    return failed


if __name__ == "__main__":
    sys.exit(main())
