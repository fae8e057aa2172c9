"""What medicine knows: facts, criteria, sources, calculators, and judging by them.

from liverboard.evidence.derive import derive
from liverboard.evidence.judge import judge
from liverboard.evidence.loader import load_evidence

evidence = load_evidence()
judge(evidence.criteria("resection"), derive(sheet, evidence), {"resection", "major"})
"""
