"""Reads [{schema, instances: [{name, value, accept}]}] and says where jsonschema does not agree."""

import json
import sys

import jsonschema

wrong = []
for judged in json.load(sys.stdin):
    schema = judged["schema"]
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    for instance in judged["instances"] or []:
        errors = [error.message for error in validator.iter_errors(instance["value"])]
        if (not errors) != instance["accept"]:
            verdict = "the decoder accepts it, the schema does not" if errors else "the schema accepts it, the decoder does not"
            wrong.append(f"{instance['name']}: {verdict}: {errors}")
sys.exit("\n".join(wrong) or 0)
