# SPDX-License-Identifier: BSD-2-Clause
"""Numbers, each under a key "family/firmware/setup/metric", and how they are kept."""

import json


class Results:
    def __init__(self, numbers=None):
        self.numbers = dict(numbers or {})

    def put(self, family, firmware, setup, metric, value):
        self.numbers["%s/%s/%s/%s" % (family, firmware, setup, metric)] = value

    def get(self, family, firmware, setup, metric):
        return self.numbers.get("%s/%s/%s/%s" % (family, firmware, setup, metric))

    def put_tool(self, tool, version):
        self.numbers["tools/" + tool] = version

    def tools(self):
        """{tool: version} of what the numbers were made with."""
        return {key.split("/", 1)[1]: version for key, version in self.numbers.items()
                if key.startswith("tools/")}

    def forget(self, *parts):
        start = "/".join(parts) + "/"
        self.numbers = {k: v for k, v in self.numbers.items() if not k.startswith(start)}

    def put_profile(self, firmware, setup, profile, calls=1, most=15):
        """profile: [(function, instructions of all calls)], most first."""
        self.forget("profile", firmware, setup)
        for function, count in profile[:most]:
            self.put("profile", firmware, setup, function, round(count / calls))
        rest = sum(count for _, count in profile[most:])
        if rest:
            self.put("profile", firmware, setup, "(the rest)", round(rest / calls))

    def names(self, family, part, firmware=None):
        """What occurs as part 1 (firmware), 2 (setup) or 3 (metric), in order of appearance."""
        seen = {}
        for key in self.numbers:
            parts = key.split("/", 3)
            if parts[0] == family and firmware in (None, parts[1]):
                seen[parts[part]] = True
        return list(seen)

    def save(self, path):
        with open(path, "w") as f:
            json.dump(self.numbers, f, indent=1)
            f.write("\n")

    @classmethod
    def load(cls, path):
        with open(path) as f:
            return cls(json.load(f))
