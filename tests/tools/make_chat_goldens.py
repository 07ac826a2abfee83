#!/usr/bin/env python3
"""Makes tests/e2e/golden_chat/renderings.json: what Jinja makes of chat templates, set up as the Hugging
Face libraries do. Renderings of real templates are kept as length and digest, those of the templates
below as text.

usage: make_chat_goldens.py     (needs `jinja2` and ../shared/data/tokenizers/templates; no test run
                                 needs it)
"""
import json
import pathlib

import jinja2
from jinja2.sandbox import ImmutableSandboxedEnvironment

ROOT = pathlib.Path(__file__).resolve().parents[2]
TEMPLATES = ROOT / "../shared/data/tokenizers/templates"
OUT = ROOT / "tests/e2e/golden_chat/renderings.json"

SYSTEM = {"role": "system", "content": "You are terse."}
USER = {"role": "user", "content": "What is 6 \u00d7 7?\n\"quoted\" {{ x }} {% y %} <b>&'"}
ASSISTANT = {"role": "assistant", "content": "42"}
THINKING = {"role": "assistant", "content": "<think>\nhmm\n</think>\n\n42"}
AGAIN = {"role": "user", "content": "  And 6 \u00d7 8? "}
TOOL = {"type": "function", "function": {
    "name": "add", "description": "Adds <two> numbers & says \"so\".",
    "parameters": {"type": "object", "required": ["a", "b"],
                   "properties": {"a": {"type": "number"}, "b": {"type": "number", "default": 1.5}}}}}
CASES = [
    {"messages": [USER], "add_generation_prompt": True},
    {"messages": [USER, ASSISTANT], "add_generation_prompt": False},
    {"messages": [SYSTEM, USER, ASSISTANT, AGAIN], "add_generation_prompt": True},
    {"messages": [SYSTEM, USER, THINKING, AGAIN, ASSISTANT], "add_generation_prompt": False},
    {"messages": [USER], "add_generation_prompt": True, "enable_thinking": False},
    {"messages": [SYSTEM, USER], "add_generation_prompt": True, "tools": [TOOL]},
    {"messages": [USER, USER], "add_generation_prompt": True},
    {"messages": [], "add_generation_prompt": True},
]
OWN = {
    "chatml": "{% for m in messages %}{{ '<|im_start|>' + m['role'] + '\\n' + m.content + '<|im_end|>' + '\\n' }}"
              "{% endfor %}\n{% if add_generation_prompt %}\n{{ '<|im_start|>assistant\\n' }}{% endif %}",
    "scopes": "{% set x = 1 %}{% set ns = namespace(n=0, last='') %}\n"
              "{%- for m in messages if m.role != 'system' %}{% set x = 2 %}{% set ns.n = ns.n + loop.index %}"
              "{{ loop.index0 }}/{{ loop.length }}{{ ',' if not loop.last }}{% else %}none{% endfor %} {{ x }} {{ ns.n }}",
    "slices": "{% set l = [1, 2, 3, 4] %}{{ l[1:] }} {{ l[::-1] }} {{ l[-2] }} {{ l[:-1]|length }} "
              "{{ l[-3:-1]|join('+') }} {{ 7 // 2 }} {{ -7 // 2 }} {{ -7 % 3 }} {{ 7 / 2 }} {{ 2 * 3 ~ 'x' }}",
    "macro": "{% macro say(who, what='nothing') %}[{{ who }}: {{ what|trim }}]{% endmacro %}\n"
             "{{ say('a') }}{{ say('b', ' x ') }}{{ say(who='c', what=messages|length) }}",
    "tests": "{% for v in [none, '', 'a', 0, 1, 1.5, true, [], [1], {}, {'k': none}] %}"
             "{{ (v is none, v is string, v is mapping, v is defined, v is iterable, v is boolean)|tojson }}"
             "{{ 'T' if v else 'F' }} {% endfor %}{{ q is defined }} {{ q is undefined }} {{ q|default('d') }}",
    "strings": "{{ ' a b '.strip() }}|{{ 'xxaxx'.lstrip('x') }}|{{ 'a,b,c'.split(',')[-1] }}|{{ 'ab'.startswith('a') }}|"
               "{{ 'AbC'|lower }}|{{ 'AbC'|upper }}|{{ 'aXbX'|replace('X', '--') }}|{{ {'a': 1}.items()|list|tojson }}|"
               "{{ 'b' in 'abc' and 'd' not in ['a'] }}|{{ {'x': 'y'}.get('z', 'no') }}|{{ 'a' 'b' }}|{{ [1, 'a\'b', none, {'k': 'v'}] }}",
    "trim": "  {% if true %}\n    kept\n  {% endif %}  \n{#- comment -#}   left\n{{- ' x ' -}}   \n  y {%+ if true %}z{% endif %}\n\n",
    "break": "{% for i in range(9) %}{% if i == 2 %}{% continue %}{% endif %}{% if i > 4 %}{% break %}{% endif %}{{ i }}"
             "{% endfor %}",
    "tuples": "{% for k, v in {'b': 1, 'a': 2}|items %}{{ k }}={{ v }};{% endfor %}{{ 'x' in ('x', 'y') }}"
              "{% for k, v in {'b': 1, 'a': 2}|dictsort %}{{ k }}{{ v }}{% endfor %}",
    "attributes": "{{ messages|selectattr('role', 'equalto', 'user')|list|length }} {{ messages|rejectattr('x', 'defined')|list|length }} "
                  "{{ messages|map(attribute='role')|join(' ') }} {{ messages|first is mapping }} {{ messages|last is mapping }}",
    "raises": "{% if messages|length > 2 %}{{ raise_exception('too ' ~ 'many') }}{% endif %}ok",
}


def digest(text):
    value = 0xcbf29ce484222325
    for byte in text.encode():
        value = ((value ^ byte) * 0x100000001b3) & ((1 << 64) - 1)
    return f"{value:016x}"


def environment():
    env = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True,
                                        extensions=["jinja2.ext.loopcontrols"])

    def raise_exception(message):
        raise jinja2.TemplateError(message)

    env.globals["raise_exception"] = raise_exception
    env.filters["tojson"] = lambda x, **kw: json.dumps(x, ensure_ascii=False, **kw)
    return env


def render(env, source, case):
    try:
        return env.from_string(source).render(bos_token="<s>", eos_token="</s>", **case), None
    except Exception as error:
        return None, str(error)


def main():
    env = environment()
    out = {"cases": CASES, "own": [], "real": []}
    for name, source in OWN.items():
        results = []
        for case in CASES:
            text, error = render(env, source, case)
            results.append({"text": text} if error is None else {"error": error})
        out["own"].append({"name": name, "source": source, "results": results})
    for path in sorted(TEMPLATES.glob("*.jinja")):
        results = []
        for case in CASES:
            text, error = render(env, path.read_text(), case)
            results.append({"error": error} if error is not None else
                           {"bytes": len(text.encode()), "digest": digest(text)})
        out["real"].append({"name": path.name, "results": results})
    OUT.write_text(json.dumps(out, indent=1, ensure_ascii=True) + "\n")


if __name__ == "__main__":
    main()
