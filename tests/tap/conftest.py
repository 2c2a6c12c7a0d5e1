"""The tests of the tap draw packets with the strategies of the codec's tests."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1] / "codec"))
