# Answers requests, one JSON line each, with the user's Python. Replies leave by
# a copy of stdout; what the user's code prints goes to stderr.
import asyncio
import importlib.util
import inspect
import json
import math
import os
import sys
import textwrap
import traceback

mark = sys.argv.pop(1)
replies = os.fdopen(os.dup(1), "w", encoding="utf-8", newline="\n")
os.dup2(2, 1)
sys.stdout = os.fdopen(1, "w", encoding="utf-8", errors="backslashreplace", buffering=1, closefd=False)
requests = os.fdopen(os.dup(0), "r", encoding="utf-8", newline="\n")
with open(os.devnull) as nothing:
    os.dup2(nothing.fileno(), 0)


class Fault(Exception):
    pass


def finite(v):
    if isinstance(v, float) and not math.isfinite(v):
        return None
    if isinstance(v, dict):
        return {k: finite(x) for k, x in v.items()}
    if isinstance(v, (list, tuple)):
        return [finite(x) for x in v]
    return v


def value(v):
    if isinstance(v, float) and not math.isfinite(v):
        return {"$number": "NaN" if math.isnan(v) else "+Inf" if v > 0 else "-Inf"}
    return finite(v)


modules = {}


def load(file):
    if file not in modules:
        folder = os.path.dirname(file)
        if folder not in sys.path:
            sys.path.insert(0, folder)
        name = os.path.splitext(os.path.basename(file))[0]
        spec = importlib.util.spec_from_file_location(name, file)
        if spec is None:
            raise Fault("%s is no Python file" % os.path.basename(file))
        module = importlib.util.module_from_spec(spec)
        sys.modules.setdefault(name, module)
        spec.loader.exec_module(module)
        modules[file] = module
    return modules[file]


def pick(request):
    found = load(request["file"])
    name = request.get("function") or ""
    for part in name.split("."):
        found = getattr(found, part, None)
    if not callable(found):
        have = [k for k, v in vars(modules[request["file"]]).items() if callable(v) and not k.startswith("_")]
        raise Fault("%s has no function %r; it has %s" % (os.path.basename(request["file"]), name, ", ".join(have) or "none"))
    return found


inline = {}


def compiled(request):
    source, params = request["source"], ", ".join(request.get("params") or [])
    key = (request["kind"], source, params)
    if key not in inline:
        body = "return " + source.strip() if request["kind"] == "expression" else textwrap.dedent(source)
        scope = {"json": json, "sys": sys, "__name__": "inline"}
        exec(compile("def main(%s):\n%s\n" % (params, textwrap.indent(body, "    ")), "<inline>", "exec"), scope)
        if len(inline) > 1000:
            inline.clear()
        inline[key] = scope["main"]
    return inline[key]


def answer(request):
    function = pick(request) if request["kind"] == "file" else compiled(request)
    result = function(*(request.get("args") or []))
    if inspect.isawaitable(result):
        async def wait():
            return await result
        result = asyncio.run(wait())
    return value(result)


def send(reply):
    replies.write(mark + json.dumps(reply, allow_nan=False) + "\n")
    replies.flush()


def thrown(e):
    try:
        message = str(e)
    except Exception:
        message = "a value that can't be shown"
    return {"name": type(e).__name__, "message": message, "stack": traceback.format_exc()[-4096:]}


send({"id": 0, "ok": sys.version.split()[0]})
for line in requests:
    request = json.loads(line)
    reply = {"id": request["id"]}
    try:
        if not request.get("ping"):
            result = answer(request)
            json.dumps(result)
            reply["ok"] = result
        else:
            reply["ok"] = None
    except Fault as e:
        reply["fault"] = str(e)
    except KeyboardInterrupt:
        break
    except BaseException as e:  # SystemExit too: it ends the call, not the others
        reply["thrown"] = thrown(e)
    try:
        sys.stdout.flush()
    except Exception:
        pass  # the user's code has closed it
    send(reply)
