import pytest

from referencedata.places import entity_of

PARENTS = {"LDN": "UK01", "SOHO": "LDN", "UK01": "GROUP", "GROUP": "", "LOOP": "BACK", "BACK": "LOOP", "FREE": ""}


class TestEntityOf:
    @pytest.mark.parametrize(
        ("location", "entity"),
        [("SOHO", "UK01"), ("LDN", "UK01"), ("UK01", "UK01"), ("FREE", ""), ("GROUP", ""), ("LOOP", ""), ("unknown", "")],
    )
    def test_goes_up_to_the_first_entity(self, location, entity):
        assert entity_of(location, parents=PARENTS, entities={"UK01"}) == entity
