"""What a client written in Python is to do; `startPython` in python.ts writes it."""

import json
import sys
import warnings

warnings.simplefilter('ignore')
task = json.loads(sys.argv[1])
