"""What the configuration files come to, together."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from allowctl.chains.overrides import overridden
from allowctl.chains.places import fixed_prices
from allowctl.chains.registry import chain_by_name, chains
from allowctl.config.expand import STAND_IN
from allowctl.config.load import load, validate
from allowctl.errors import ConfigError
from allowctl.model.chain import Address
from allowctl.model.settings import Origin, Settings, Wallet, wallets_named
from tests.config.place import Place, urls

A = "0xd8dA6BF26964aF9D7eEd9e03E53415D37aA96045"
B = "0x" + "22" * 20
LIST = '[[intel.list]]\nid = "mine"\nformat = "whois"\nurl = "{}"\n'


def test_without_files_nothing_is_configured(place: Place) -> None:
    """Not even the user's folder has to be there."""
    place.home.rmdir()

    assert place.load() == Settings()


def test_every_key_knows_its_line(place: Place) -> None:
    """Of the file that is followed in it; a list that is empty says nothing."""
    user = place.user(
        '[chains.eth]\nfinality = 5\naliases = ["a"]\nrpc = ["https://a.example"]\n'
        '[prices]\nsource = "none"\n[intel]\nbuiltin = true\n' + LIST.format("x")
    )
    project = place.project("[chains.eth]\naliases = []\nfinality = 6\n")
    found = place.load()
    override = found.chains["eth"]
    places = {key: (at.file, at.line) for key, at in override.places.items()}

    assert places == {
        "aliases": (str(user), 3),
        "finality": (str(project), 3),
        "rpc": (str(user), 4),
    }
    assert override.aliases == ("a",)
    assert [str(each.place) for each in override.rpc] == [
        f"{user}:4: chains.eth.rpc[0]"
    ]
    assert str(found.prices.place) == f"{user}:6: prices.source"
    assert str(found.builtin_place) == f"{user}:8: intel.builtin"
    assert [str(each.place) for each in found.lists] == [f"{user}:9: intel.list[0]"]


def test_every_key_is_read(place: Place) -> None:
    """Into values of their one form."""
    file = place.user(
        f"""
        env = ["MINE", "OTHER_1"]
        [chains.mine]
        rpc = ["https://a.example/${{MINE}}", "http://localhost:8545"]
        id = 77777
        explorer = "https://scan.example/"
        multicall = "{A}"
        permit2 = "{A.lower()}"
        finality = 0
        block_ms = 250
        native_symbol = "xDAI"
        aliases = ["my-own"]
        [[wallet]]
        name = "hot_1"
        address = "{A}"
        chains = ["eth", "10"]
        [[wallet]]
        name = "safe"
        address = "eip155:10:{A}"
        [[wallet]]
        name = "2nd"
        address = "base:{B}"
        """
    )
    found = place.load()
    chain = found.chains["mine"]
    address = Address(A.lower())

    assert found.sources == (file,)
    assert found.trusted_chains == found.chains
    assert urls(found, "mine") == ["https://a.example/SECRET3", "http://localhost:8545"]
    assert {each.origin for each in chain.rpc} == {Origin.USER}
    assert (chain.id, chain.explorer) == (77_777, "https://scan.example")
    assert chain.multicall == chain.permit2 == address
    assert (chain.finality, chain.block_ms, chain.native_symbol) == (0, 250, "xDAI")
    assert (chain.aliases, chain.sources) == (("my-own",), (str(file),))
    assert found.wallets == (
        Wallet(name="hot_1", address=address, chains=("eth", "10"), origin=Origin.USER),
        Wallet(name="safe", address=address, chains=("10",), origin=Origin.USER),
        Wallet(name="2nd", address=Address(B), chains=("base",), origin=Origin.USER),
    )
    assert wallets_named(found)["safe"] is found.wallets[1]


def test_a_project_comes_before_the_user_key_by_key(place: Place) -> None:
    """What it does not say, the user's file says."""
    user = place.user(
        '[chains.eth]\nrpc = ["https://user.example"]\nfinality = 5\n'
        '[chains.base]\nrpc = ["https://user.example/base"]\n'
        f'[[wallet]]\nname = "w"\naddress = "{A}"\n'
        f'[[wallet]]\nname = "v"\naddress = "{A}"\n'
    )
    project = place.project(
        '[chains.eth]\nrpc = ["https://project.example"]\nblock_ms = 7\n'
        "[chains.op]\nfinality = 9\n"
        f'[[wallet]]\nname = "x"\naddress = "{B}"\n'
    )
    found = place.load()
    eth = found.chains["eth"]

    assert found.sources == (project, user)
    assert urls(found, "eth") == ["https://project.example"]
    assert [each.origin for each in eth.rpc] == [Origin.PROJECT]
    assert (eth.finality, eth.block_ms) == (5, 7)
    assert eth.sources == (str(project), str(user))
    assert urls(found, "base") == ["https://user.example/base"]
    assert [(each.name, each.address, each.origin) for each in found.wallets] == [
        ("x", B, Origin.PROJECT),
        ("w", A.lower(), Origin.USER),
        ("v", A.lower(), Origin.USER),
    ]
    assert found.project == project
    trusted = found.trusted_chains
    assert [*trusted] == ["eth", "base"]
    assert [each.endpoint.host for each in trusted["eth"].rpc] == ["user.example"]
    assert trusted["eth"].block_ms is None


def test_a_project_takes_no_wallet_from_its_user(place: Place) -> None:
    """A name of both must lead to one address, and then to the user's own chains."""
    wallet = '[[wallet]]\nname = "treasury"\naddress = "{}"\nchains = ["{}"]\n'
    user = place.user(wallet.format(A, "base"))
    project = place.project(wallet.format(B, "eth"))
    with pytest.raises(ConfigError) as refused:
        place.load()
    assert place.shown(refused.value).splitlines()[0] == (
        "the wallet treasury is another one in DIR/repo/allowctl.toml "
        "than in DIR/own/allowctl.toml"
    )

    place.write(project, wallet.format(A.lower(), "eth"))
    (found,) = place.load().wallets
    assert (found.chains, found.origin) == (("base",), Origin.USER)
    assert found.places == (f"{user}:4: wallet[0].chains[0]",)

    mine = place.explicit(wallet.format(B, "eth"))
    assert place.load(explicit=mine).wallets[0].address == B


def test_a_project_wins_under_another_name_of_the_chain(place: Place) -> None:
    """Whatever the order of the names."""
    place.user("[chains.mainnet]\nfinality = 1\n[chains.base]\nfinality = 1\n")
    place.project("[chains.8453]\nfinality = 2\n[chains.ethereum]\nfinality = 2\n")
    known = overridden(chains(), place.load().chains)

    assert chain_by_name("eth", known).finality == 2
    assert chain_by_name("base", known).finality == 2


def test_two_names_of_a_chain_in_one_file_are_refused(place: Place) -> None:
    """Neither could be followed without dropping the other in silence."""
    place.project("[chains.eth]\nfinality = 1\n[chains.ethereum]\nfinality = 2\n")

    with pytest.raises(ConfigError) as refused:
        overridden(chains(), place.load().chains)
    assert place.shown(refused.value) == (
        "DIR/repo/allowctl.toml:3: "
        "chains.eth and chains.ethereum are the same chain (1)\n"
        "put both into one table"
    )


def test_an_explicit_file_takes_the_place_of_a_found_one(place: Place) -> None:
    """The user's own stays below it; all of it is trusted."""
    place.project("this is not even TOML")
    user = place.user('[chains.eth]\nrpc = ["https://user.example"]\nfinality = 5\n')
    mine = place.explicit(
        'env = ["X"]\n[chains.eth]\nrpc = ["https://a.example/${MINE}"]'
    )
    mine.chmod(0o666)
    found = place.load(explicit=mine)

    assert found.sources == (mine, user)
    assert urls(found, "eth") == ["https://a.example/SECRET3"]
    assert found.chains["eth"].rpc[0].origin is Origin.EXPLICIT
    assert found.chains["eth"].finality == 5
    assert found.trusted_chains == found.chains


def test_the_users_own_file_is_read_once(place: Place) -> None:
    """Also where it is named, and where the home folder is the project."""
    own = place.user(
        'env = ["MINE"]\n[chains.eth]\nrpc = ["https://a.example/${MINE}"]'
    )
    named = place.load(explicit=own)
    found = place.load(cwd=place.home)

    assert named.sources == found.sources == (own,)
    assert named.chains["eth"].rpc[0].origin is Origin.EXPLICIT
    assert found.chains["eth"].rpc[0].origin is Origin.USER

    linked = place.repo / "allowctl.toml"
    own.rename(linked)
    own.symlink_to(linked)
    assert place.load().sources == (own,)


def test_a_project_expands_what_the_user_lists(place: Place) -> None:
    """And what is made to name an endpoint; nothing else of the environment."""
    place.project('[chains.eth]\nrpc = ["${ETH_RPC_URL}", "https://b.example/${MINE}"]')
    with pytest.raises(ConfigError) as refused:
        place.load()
    assert place.shown(refused.value) == (
        "DIR/repo/allowctl.toml:2: chains.eth.rpc[1]: MINE is not for a file that was "
        'found to expand\nput env = ["MINE"] into your own configuration file, or '
        "name this file with --config"
    )

    place.user('env = ["MINE"]')
    assert urls(place.load(), "eth") == [
        "https://rpc.example/SECRET1",
        "https://b.example/SECRET3",
    ]


@pytest.mark.parametrize("text", ['env = ["MINE"]', "env = []"])
def test_a_project_lists_no_variables(place: Place, text: str) -> None:
    """It would let itself in."""
    place.project(text)

    with pytest.raises(ConfigError, match="env is for the user's own file"):
        place.load()


def test_an_endpoint_is_named_once(place: Place) -> None:
    """Twice the same would pass for two witnesses."""
    place.user(
        '[chains.eth]\nrpc = ["${URL}", "https://b.example", "${URL}", '
        '"https://rpc.example/SECRET4"]'
    )

    assert urls(place.load(), "eth") == [
        "https://rpc.example/SECRET4",
        "https://b.example",
    ]


def test_no_url_is_printed(place: Place) -> None:
    """Not by the settings, and not by the chains that they make."""
    place.user('[chains.eth]\nrpc = ["https://u:SECRET6@a.example/${MINE}?k=SECRET7"]')
    found = place.load()
    known = overridden(chains(), found.chains)

    assert "<https://a.example>" in repr(known)
    assert "SECRET" not in f"{found!r}{found}{known}"
    assert "SECRET3" in chain_by_name("eth", known).endpoints[0]


@pytest.mark.skipif(os.name != "posix", reason="no mode bits")
@pytest.mark.parametrize("which", ["user", "project"])
def test_found_files_are_guarded(place: Place, which: str) -> None:
    """The user's own too: it says which variables may be sent away."""
    file = place.user("") if which == "user" else place.project("")
    file.chmod(0o666)

    with pytest.raises(ConfigError, match="others may write it"):
        place.load()


def test_a_broken_link_is_no_missing_file(place: Place) -> None:
    """Somebody meant something by it."""
    (place.home / "allowctl.toml").symlink_to("gone")

    with pytest.raises(ConfigError, match="cannot be read: no such file"):
        place.load()


_LINES = st.sampled_from(
    (
        "[chains.eth]",
        "[chains.mine]",
        "[[wallet]]",
        "[chains]",
        'rpc = ["https://SECRET@a.example/${MINE}"]',
        'rpc = ["SECRET"]',
        'rpc = "SECRET"',
        "id = 7",
        "id = 99999999999999999999",
        "id = 1e400",
        "finality = true",
        'name = "w"',
        f'address = "{A}"',
        'address = "SECRET"',
        'chains = ["eth"]',
        'env = ["MINE"]',
        "env = [[[[",
        '"https://SECRET" = 1',
        '"\\u001b[2J" = 1',
        "x.y.z = {a = 1}",
        "aliases = []",
        "[weights]",
        "points = {a.b = 1, c = 101}",
        "chance = {high = 1e-999999, low = 0.5}",
        "new_days = 31",
        "[prices.fixed]",
        f'"eth:{A}" = 1e999999',
        f'"eth:{A}" = 1e-40',
        f'"1:{A}" = "SECRET"',
        "[intel]",
        "[[intel.list]]",
        'id = "mine"',
        'format = "whois"',
        'url = "https://SECRET@a.example/${MINE}"',
        'url = "ftp://SECRET"',
        "[[pin]]",
        'chain = "eth"',
        f'spender = "{A}"',
        f'code_hash = "0x{"12" * 32}"',
        'code_hash = "SECRET"',
        "\ufeff",
    )
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.one_of(
        st.binary(),
        st.text().map(lambda text: text.encode("utf-8", "surrogatepass")),
        st.lists(_LINES).map(lambda lines: "\n".join(lines).encode()),
    )
)
def test_any_bytes_are_settings_or_an_error(tmp_path: Path, data: bytes) -> None:
    """The error is one printable line that names the file and repeats no value."""
    file = tmp_path / "any.toml"
    file.write_bytes(data)
    named = True
    try:
        shown = repr(
            load(
                explicit=file,
                cwd=tmp_path,
                home=tmp_path / "none",
                environment={"MINE": "SECRET"},
            )
        )
    except ConfigError as error:
        shown = f"{error.message}{error.hint}"
        place = re.escape(str(file)) + r"(:[1-9]\d*){0,2}: \S"
        named = bool(re.match(place, error.message))

    assert named
    assert shown.isprintable()
    assert "SECRET" not in shown


LOOSE = f"""
[chains.eth]
rpc = ["${{ETH_RPC_URL}}", "https://a.example/${{ALLOWCTL_RPC_URL_KEY}}"]
[[wallet]]
name = "w"
address = "{A}"
"""


@pytest.mark.parametrize("trusted", [True, False])
def test_a_file_is_validated_without_an_environment(
    place: Place,
    trusted: bool,  # noqa: FBT001
) -> None:
    """And without the user's own; an endpoint that is not known leads nowhere."""
    place.user("neither TOML nor read")
    file = place.project(LOOSE)
    found = validate(file, trusted=trusted, environment={})
    origin = Origin.EXPLICIT if trusted else Origin.PROJECT

    assert urls(found, "eth") == [STAND_IN]
    assert found.sources == (file,)
    assert found.project == (None if trusted else file)
    assert [each.origin for each in found.policy_wallets] == [origin]

    known = {"ETH_RPC_URL": "https://b.example/SECRET"}
    found = validate(file, trusted=trusted, environment=known)
    assert urls(found, "eth") == ["https://b.example/SECRET", STAND_IN]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[chains.eth]\nrpc = ["wss://a.example/${X}"]', "2: chains.eth.rpc[0] is no"),
        (
            '[chains.eth]\nrpc = ["https://a.example:x/${X}"]',
            "2: chains.eth.rpc[0] is no usable",
        ),
        ('[chains.eth]\nrpc = ["${X}", "${"]', "2: chains.eth.rpc[1]: ${ is not"),
        (LIST.format("ftp://a.example/${X}"), "4: intel.list[0].url is no"),
        ("[chains.eth]\nrcp = []", "2: chains.eth.rcp is no key"),
    ],
)
def test_all_else_is_checked_without_an_environment(
    place: Place, text: str, message: str
) -> None:
    """What is written is what is wrong, whatever a variable holds."""
    with pytest.raises(ConfigError) as refused:
        validate(place.explicit(text), trusted=True, environment={})
    assert place.shown(refused.value).startswith(f"DIR/other/mine.toml:{message}")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[chains.eth]\nrpc = ['${AWS_SECRET_ACCESS_KEY}']", "2: chains.eth.rpc[0]: "),
        ("[chains.eth]\nrpc = ['https://${ETH_RPC_URL}/']", "2: chains.eth.rpc[0]: "),
        ("\nenv = ['AWS_SECRET_ACCESS_KEY']", "2: env is for the user's own file"),
        ("[intel]", "1: intel is for the user's own file"),
    ],
)
def test_a_file_is_validated_as_one_that_was_found(
    place: Place, text: str, message: str
) -> None:
    """What it may not say there, it may if it is named."""
    file = place.project(text)
    with pytest.raises(ConfigError) as refused:
        validate(file, trusted=False, environment={})
    assert place.shown(refused.value).startswith(f"DIR/repo/allowctl.toml:{message}")

    assert validate(file, trusted=True, environment={}).sources == (file,)
    file.chmod(0o666)
    # What others may write is for whoever follows it to refuse.
    with pytest.raises(ConfigError, match=re.escape(message)):
        validate(file, trusted=False, environment={})


def test_all_files_are_read_without_an_environment(place: Place) -> None:
    """Where nobody is asked; lists as well."""
    place.user('env = ["GONE"]\n' + LIST.format("https://a.example/${GONE}"))
    place.project('[chains.eth]\nrpc = ["https://a.example/${GONE}"]')
    with pytest.raises(ConfigError, match="the variable GONE is not set"):
        place.load()
    found = load(
        explicit=None,
        cwd=place.repo,
        home=place.home,
        environment={},
        unset_fits=True,
    )

    assert urls(found, "eth") == [STAND_IN]
    assert [str(each.url) for each in found.lists] == [STAND_IN]


def test_two_prices_of_one_token_are_refused(place: Place) -> None:
    """In one file; the line of the other one does not make it another file."""
    file = place.user(f'[prices.fixed]\n"eth:{A}" = 1\n"1:{A}" = 2')
    with pytest.raises(ConfigError) as refused:
        fixed_prices(place.load().prices.fixed, chains())

    assert refused.value.message.startswith(f"{file}:3: prices.fixed.'1:{A}': prices.")
    place.user(f'[prices.fixed]\n"eth:{A}" = 1')
    place.project(f'[prices.fixed]\n\n"1:{A}" = 2')
    (found,) = fixed_prices(place.load().prices.fixed, chains())[1].values()
    assert found.usd == 2


def test_a_chain_that_leads_nowhere_has_a_line(place: Place) -> None:
    """What only the table of chains can tell is told with its place, too."""
    place.user("\n[chains.etherum]\nfinality = 1")
    with pytest.raises(ConfigError) as refused:
        overridden(chains(), place.load().chains)

    assert place.shown(refused.value).startswith(
        "DIR/own/allowctl.toml:2: chains.etherum: no chain is called so"
    )
