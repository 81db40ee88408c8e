"""Rules mined from complaints that people have already given to an agency.

Path: `labelled` (what is learned from) -> `phrases` (what could become a rule) -> `likeness` (one of those that say the
same) -> `weights` (which few do, and how much they count) -> `suggestion` (whole numbers, support, thresholds) ->
`rule_writing` (files an officer may edit). Nothing here changes the rules in force. Needs the optional extra
`learning`; the router itself never imports this package.
"""
