"""Checks template.yaml as far as a machine without an account can.

    python3 local/checktemplate/check.py

cfn-lint reads it, the SAM translator makes plain CloudFormation of it, and each of its main forms (cases.py) is worked out
and held against the rules (rules.py), then created on a moto server. Where one of these programs is missing, it says so
and leaves everything out: a machine without them is no reason to fail.
"""

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

from cases import CASES, PARAMETERS, REFUSED
from resolve import broken_rules, resolve

ROOT = Path(__file__).resolve().parents[2]
TEMPLATE = ROOT / "template.yaml"
ARCHIVE = ROOT / "dist" / "lambda.zip"


def missing_programs():
    """What is needed and not here."""
    programs = [program for program in ("cfn-lint", "moto_server") if not shutil.which(program)]
    return programs + [module for module in ("samtranslator", "boto3") if not importlib.util.find_spec(module)]


def transform():
    """The template as plain CloudFormation, with the archive as a deployment uploads it."""
    from samtranslator.translator.transform import transform
    from samtranslator.yaml_helper import yaml_parse

    class NoManagedPolicies:
        def load(self):
            return {}

    sam = yaml_parse(TEMPLATE.read_text(encoding="utf-8"))
    for name, resource in sam["Resources"].items():
        if resource["Type"] == "AWS::Serverless::Function":
            code = ROOT / resource["Properties"].get("CodeUri", "")
            assert code == ARCHIVE, f"{name} has its code from {code}, make package-lambda writes {ARCHIVE}"
            resource["Properties"]["CodeUri"] = "s3://code/lambda.zip"
    os.environ.setdefault("AWS_DEFAULT_REGION", "eu-central-1")  # the translator asks for it
    return transform(sam, {}, NoManagedPolicies())


def main():
    if missing := missing_programs():
        print(f"*** template.yaml is NOT CHECKED: {', '.join(missing)} is not on this machine.")
        print("*** Install: pip install cfn-lint aws-sam-translator 'moto[server]' boto3 ***")
        return
    import rules
    from emulated import AWS

    subprocess.run(["cfn-lint", TEMPLATE], check=True)
    print("cfn-lint: clean", flush=True)
    template = transform()
    print(rules.check_limits(template))
    rules.check_parameters(template["Parameters"])
    for rule, choices in REFUSED.items():
        broken = broken_rules(template, PARAMETERS | choices)
        assert broken == [rule], f"{choices} break the rules {broken}, and not {rule} alone"
    with AWS(ARCHIVE.read_bytes()) as aws:
        for name, choices in CASES.items():
            parameters = PARAMETERS | choices
            assert not (broken := broken_rules(template, parameters)), f"{name} breaks the rules {broken}"
            stack = resolve(template, parameters, aws.account, aws.region)
            rules.check(stack)
            aws.create_and_delete(template, parameters, stack)
            print(f"{name}: functions {len(stack.of('AWS::Lambda::Function'))}, resources {len(stack.resources)}")
    print(f"left out on the emulated AWS, which does not know them: {', '.join(sorted(aws.left_out))}")


if __name__ == "__main__":
    try:
        main()
    except (AssertionError, subprocess.CalledProcessError) as wrong:
        sys.exit(f"template.yaml: {wrong}")
