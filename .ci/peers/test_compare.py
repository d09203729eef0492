"""What the comparison must notice."""

import unittest

from compare import Deviation, Difference, Outcome, compare, stale, unlisted


def found(theirs, ours, **requests):
    """The differences between two values as (kind, path)."""
    t, o = Outcome(theirs), Outcome(ours)
    return [(d.kind, d.path) for d in compare("T.X", t, o, o)[1]]


SITES = "GET /oauth/token/accessible-resources 200"


class Facts(unittest.TestCase):
    def test_missing(self):
        self.assertEqual(found({"a": {"b": 1}}, {"a": {}}), [("missing", "a.b")])
        self.assertEqual(found({"a": {"b": 1}}, {}), [("missing", "a.b")])
        self.assertEqual(found({"a": {"b": 1}}, {"a": [1]}), [("missing", "a.b")])
        self.assertEqual(found({"a": [1, 2]}, {"a": [1]}), [("missing", "a.*")])
        self.assertEqual(found({"a": [1, 2]}, {"a": 1}), [("missing", "a.*"), ("missing", "a.*")])
        self.assertEqual(found({"a": []}, {}), [("missing", "a")])

    def test_other_value(self):
        for theirs, ours in [(1, 2), (1, True), (1, "1"), ("a", "A"), ("a", None), ("", "a"), ("a", ""), (False, 0), ([], [1]), ({}, []), ([], None)]:
            self.assertEqual(found({"a": theirs}, {"a": ours}), [("other value", "a")], (theirs, ours))

    def test_same(self):
        for theirs, ours in [(1, 1.0), ("a", "a"), (None, 5), ("", None), (None, None), ([], []), ({}, {}), ({"b": None}, {})]:
            self.assertEqual(found({"a": theirs}, {"a": ours}), [], (theirs, ours))
        self.assertEqual(found({"a": None}, {}), [])
        self.assertEqual(found({"a": ""}, {}), [])
        self.assertEqual(found({"a": 1}, {"a": 1, "b": 2}), [])

    def test_lists_of_named_objects(self):
        one, two = {"id": "1", "n": "x"}, {"id": "2", "n": "y"}
        self.assertEqual(found([one, two], [two, one]), [])
        self.assertEqual(found([one, two], [two]), [("missing", "*.id"), ("missing", "*.n")])
        self.assertEqual(found([one, two], [{**two, "n": "x"}, one]), [("other value", "*.n")])
        self.assertEqual(found([one, one], [one, two]), [("other value", "*.id"), ("other value", "*.n")])
        self.assertEqual(found([{"id": 1}], [{"id": True}]), [("other value", "*.id")])

    def test_number_of_facts(self):
        n, _ = compare("T.X", Outcome({"a": [1, {"b": None, "c": []}], "d": "e"}), Outcome({}), Outcome({}))
        self.assertEqual(n, 3)


class Requests(unittest.TestCase):
    def kinds(self, theirs, cold, warm):
        return [d.kind for d in compare("T.X", Outcome({}, requests=theirs), Outcome({}, requests=cold), Outcome({}, requests=warm))[1]]

    def test_cold_is_held_to_all(self):
        self.assertEqual(self.kinds((SITES, "GET /a 200"), (SITES, "GET /a 200"), ("GET /a 200",)), [])
        self.assertEqual(self.kinds(("GET /a 200",), (SITES, "GET /a 200"), ("GET /a 200",)), ["cold requests"])

    def test_warm_is_held_to_what_is_not_for_sites(self):
        self.assertEqual(self.kinds((SITES, "GET /a 200"), (SITES, "GET /a 200"), (SITES, "GET /a 200")), [])
        self.assertEqual(self.kinds(("GET /a 200",), ("GET /a 200",), (SITES, "GET /a 200")), [])
        self.assertEqual(self.kinds((SITES, SITES, "GET /a 200"), (SITES, "GET /a 200"), ("GET /a 200", "GET /b 200")), ["warm requests"])


class Failures(unittest.TestCase):
    def test_one_side_only(self):
        failed, fine = Outcome(failure="no"), Outcome({"a": 1})
        self.assertEqual([d.kind for d in compare("T.X", failed, fine, fine)[1]], ["failure"])
        self.assertEqual([d.kind for d in compare("T.X", fine, failed, failed)[1]], ["failure"])
        self.assertEqual(compare("T.X", failed, failed, failed)[1], [])


class Listed(unittest.TestCase):
    def test_unlisted(self):
        d = Difference("T.X", "missing", "a.b", 1)
        for k in [Deviation(("T.Y",), "missing", ("a.b",), ""), Deviation(("T.X",), "other value", ("a.b",), ""), Deviation(("T.X",), "missing", ("a",), ""), Deviation((), "missing", ("a.b",), "", lambda theirs, ours: theirs == 2)]:
            self.assertEqual(unlisted([k], [d]), [d])
        for k in [Deviation(("T.Y", "T.X"), "missing", ("a.b",), ""), Deviation((), "missing", ("a", "a.b"), "", lambda theirs, ours: theirs == 1)]:
            self.assertEqual(unlisted([k], [d]), [])

    def test_paths_below(self):
        known = Deviation((), "missing", ("a.**",), "")
        for path, covered in {"a": True, "a.b": True, "a.*.b": True, "ab": False, "b.a": False, "": False}.items():
            self.assertEqual(known.covers(Difference("T.X", "missing", path, 1)), covered, path)
        self.assertEqual(stale([known], [Difference("T.X", "missing", "a.b", 1)]), [])

    def test_stale(self):
        d = Difference("T.X", "missing", "a.b", 1)
        self.assertEqual(stale([Deviation((), "missing", ("a.b",), "")], [d]), [])
        self.assertEqual(stale([Deviation((), "missing", ("a.b", "c"), "")], [d]), ["missing c"])
        self.assertEqual(stale([Deviation(("T.X", "T.Y"), "missing", ("a.b",), "")], [d]), ["missing a.b of T.Y"])
        self.assertEqual(stale([Deviation((), "missing", ("a.b",), "")], []), ["missing a.b"])
