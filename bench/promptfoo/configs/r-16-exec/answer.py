import json
import sys

context = json.loads(sys.argv[3])
print("py says " + sys.argv[1] + " " + context["vars"]["text"])
