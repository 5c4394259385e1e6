"""The addresses that may be connected to, by the registries of special-purpose addresses."""

import ipaddress

import pytest

from news_etl.fetch.addresses import is_permitted, parse

PUBLIC = ["93.184.216.34", "1.1.1.1", "2606:4700::1111", "2001:4860:4860::8888", "::ffff:8.8.8.8", "64:ff9b::808:808"]
PRIVATE = ["127.0.0.1", "127.9.9.9", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1", "::1", "fc00::1"]
PRIVATE += ["fd12:3456::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1"]
NEVER = ["0.0.0.0", "0.1.2.3", "169.254.169.254", "169.254.0.1", "100.100.100.200", "100.64.0.1", "168.63.129.16"]
NEVER += ["192.0.0.192", "192.0.2.1", "198.18.0.1", "203.0.113.7", "224.0.0.1", "240.0.0.1", "255.255.255.255"]
NEVER += ["::", "fe80::1", "fec0::1", "fd00:ec2::254", "fd20:ce::254", "ff02::1", "2001:db8::1", "2001::1"]
NEVER += ["2002:7f00:1::", "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "::127.0.0.1", "100::1", "5f00::1"]


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_may_be_asked(address):
    assert is_permitted(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", PRIVATE)
def test_private_addresses_may_be_asked_by_a_source_that_says_so(address):
    assert not is_permitted(ipaddress.ip_address(address))
    assert is_permitted(ipaddress.ip_address(address), allow_private=True)


@pytest.mark.parametrize("address", NEVER)
def test_link_local_metadata_and_reserved_addresses_are_never_asked(address):
    assert not is_permitted(ipaddress.ip_address(address))
    assert not is_permitted(ipaddress.ip_address(address), allow_private=True)


@pytest.mark.parametrize(
    ("reference", "url"),
    [
        ("/une", "https://www.example.org/une"),
        ("//cdn.example.org/x?y#z", "https://cdn.example.org/x?y"),
        ("../b.html", "https://www.example.org/b.html"),
        ("https://Élysée.example:443/é", "https://xn--lyse-9oad.example/%C3%A9"),
        ("?page=2", "https://www.example.org/a/c?page=2"),
        ("http://EXAMPLE.org.:8080", "http://example.org:8080/"),
    ],
)
def test_references_are_resolved_and_written_one_way(reference, url):
    assert parse(reference, base="https://www.example.org/a/c").url == url
