from decimal import Decimal

import pytest

from referencedata.publishing.eligibility import Detail
from referencedata.reverse_charges import NoPartner, are_a_pair, partner_of, proposals

UK = "United Kingdom - VAT"


def code(name, rate, *, reverse=True, solution=UK, **more):
    return Detail(name, name, Decimal(rate), solution, reverse_charge=reverse, **more)


def by_id(*details):
    return {each.id: each for each in details}


EC_IN, EC_OUT = code("EC Goods Input", "20"), code("EC Goods Output", "-20")
HOME_IN, HOME_OUT = code("Domestic Purchase Input", "20"), code("Domestic Sale Output", "-20")


class TestPartnerOf:
    def test_is_the_one_a_person_has_confirmed(self):
        assert partner_of(EC_IN, by_id(EC_IN, EC_OUT), {EC_IN.id: EC_OUT.id}) is EC_OUT

    def test_is_nobody_before_a_person_has_said_so(self):
        with pytest.raises(NoPartner) as missing:
            partner_of(EC_IN, by_id(EC_IN, EC_OUT), {})

        assert (missing.value.proposed, missing.value.named) == (EC_OUT.id, "")

    @pytest.mark.parametrize(
        ("detail", "output"),
        [
            (code("Standard", "20", reverse=False), code("Zero", "0", reverse=False)),
            (code("Standard", "20", reverse=False), code("Other", "-20", reverse=False)),
            (code("Standard", "20", reverse=False), EC_OUT),
            (EC_IN, code("Other", "-20", reverse=False)),
            (EC_IN, code("Other", "-5")),
            (EC_IN, code("Other", "-20", solution="France - VAT")),
            (EC_IN, code("Other", "-20", active=False)),
            (EC_IN, HOME_IN),
            (EC_OUT, EC_IN),
        ],
    )
    def test_is_never_made_of_two_that_are_no_reverse_charge(self, detail, output):
        with pytest.raises(NoPartner) as missing:
            partner_of(detail, by_id(detail, output), {detail.id: output.id})

        assert missing.value.named == output.id and not are_a_pair(detail, output)


class TestProposals:
    def test_are_pairs_whose_names_say_so(self):
        assert proposals((EC_IN, EC_OUT, HOME_IN, HOME_OUT)) == {EC_IN.id: EC_OUT.id, HOME_IN.id: HOME_OUT.id}

    @pytest.mark.parametrize("left", [(HOME_OUT,), (code("EC Goods Output", "-20", active=False), HOME_OUT), (HOME_IN, HOME_OUT)])
    def test_never_put_an_ec_input_beside_a_domestic_output(self, left):
        assert EC_IN.id not in proposals((EC_IN, *left))

    @pytest.mark.parametrize(
        "details",
        [
            (EC_IN,),
            (EC_IN, code("EC Goods Output", "-5")),
            (EC_IN, code("EC Goods Output", "-20", reverse=False)),
            (EC_IN, code("EC Goods Output", "-20", solution="France - VAT")),
            (EC_IN, EC_OUT, code("EC Goods (Sale) Output", "-20", active=False)),
            (code("EC Goods Input", "20", active=False), EC_OUT),
            (code("EC Goods Input", "0"), code("EC Goods Output", "0")),
        ],
    )
    def test_are_made_of_nothing_else(self, details):
        assert proposals(details) == {}
