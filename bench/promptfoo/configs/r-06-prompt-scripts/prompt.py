import json
import sys


def make(context):
    v = context["vars"]
    return [
        {"role": "system", "content": "n is %s" % v["n"]},
        {"role": "user", "content": "I am %s" % v["name"]},
    ]


if __name__ == "__main__":
    v = json.loads(sys.argv[1])["vars"]
    print("plain python for %s and %s" % (v["name"], v["n"]))
