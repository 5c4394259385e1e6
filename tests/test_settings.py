"""The settings: read in one place, with every variable documented and every bad value refused."""

import pytest

from news_etl.settings import PROJECT_ROOT, VARIABLES, Settings, SettingsError, from_environment


def test_an_empty_environment_gives_the_defaults():
    assert from_environment({}) == Settings()


def test_an_empty_variable_is_as_none():
    assert from_environment(dict.fromkeys((name for name in VARIABLES if "<" not in name), "")) == Settings()


def test_every_variable_is_read():
    settings = from_environment(
        {
            "NEWS_ETL_DATA": "elsewhere",
            "NEWS_ETL_SOURCES": "mine.yaml",
            "NEWS_ETL_FILES_PER_DAY": "4",
            "NEWS_ETL_MAX_DOCUMENT_MB": "1.5",
            "NEWS_ETL_MAX_SECONDS": "30",
            "NEWS_ETL_MAX_MEMORY_MB": "2000",
            "NEWS_ETL_WORKERS": "2",
            "NEWS_ETL_MAX_BAD_SHARE": "0.25",
            "NEWS_ETL_SHARDS": " 3 ",
            "NEWS_ETL_MODEL_FR": "fr_core_news_lg",
            "NEWS_ETL_USER_AGENT": "my-crawler/2.0",
            "NEWS_ETL_CONTACT": "https://example.org/crawler",
            "NEWS_ETL_EVAL": "/eval",
        }
    )
    assert settings.data_url == str(PROJECT_ROOT / "elsewhere")
    assert settings.sources == PROJECT_ROOT / "mine.yaml"
    assert (settings.files_per_day, settings.shards) == (4, 3)
    assert settings.max_document_bytes == 1_500_000
    assert (settings.max_seconds, settings.max_memory_bytes, settings.workers) == (30, 2_000_000_000, 2)
    assert settings.max_bad_share == 0.25
    assert settings.models == {"fr": "fr_core_news_lg"}
    assert settings.user_agent == "my-crawler/2.0 (+https://example.org/crawler)"
    assert str(settings.evaluation) == "/eval"
    assert from_environment({}) != settings


@pytest.mark.parametrize(
    ("data", "url"),
    [
        ("/srv/news", "/srv/news"),
        ("s3://bucket/news", "s3://bucket/news"),
        ("memory://x", "memory://x"),
        ("data/../other", str(PROJECT_ROOT / "other")),
    ],
)
def test_the_data_root_is_a_path_or_a_url(data, url):
    assert Settings(data=data).data_url == url


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("NEWS_ETL_FILES_PER_DAY", "0"),
        ("NEWS_ETL_FILES_PER_DAY", "many"),
        ("NEWS_ETL_SHARDS", "-1"),
        ("NEWS_ETL_SHARDS", "nan"),
        ("NEWS_ETL_SHARDS", "inf"),
        ("NEWS_ETL_MAX_BAD_SHARE", "50"),
        ("NEWS_ETL_MAX_BAD_SHARE", "1e999"),
        ("NEWS_ETL_MAX_DOCUMENT_MB", "0"),
        ("NEWS_ETL_MAX_SECONDS", "0"),
        ("NEWS_ETL_MAX_MEMORY_MB", "100"),
        ("NEWS_ETL_WORKERS", "0"),
    ],
)
def test_a_bad_value_is_refused_with_name_value_and_range(name, value):
    with pytest.raises(SettingsError) as error:
        from_environment({name: value})
    message = str(error.value)
    assert f"{name}={value!r}" in message
    assert "a number from" in message


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("NEWS_ETL_USER_AGENT", "/1.0"),
        ("NEWS_ETL_USER_AGENT", "x/1.0\r\nX-Evil: 1"),
        ("NEWS_ETL_USER_AGENT", "collecteur-d’actualités/1.0"),
        ("NEWS_ETL_CONTACT", "me at example"),
        ("NEWS_ETL_CONTACT", "(https://example.org)"),
    ],
)
def test_a_name_that_no_request_can_carry_is_refused(name, value):
    with pytest.raises(SettingsError, match=name):
        from_environment({name: value})


def test_requests_carry_our_name_and_the_contact():
    assert from_environment({}).user_agent.startswith("news-etl/")
    assert from_environment({"NEWS_ETL_CONTACT": "me@example.org"}).user_agent.endswith(" (+me@example.org)")


def test_the_environment_of_the_process_is_the_default(monkeypatch, tmp_path):
    monkeypatch.setenv("NEWS_ETL_DATA", str(tmp_path))
    assert from_environment().data_url == str(tmp_path)


def test_a_count_is_a_whole_number():
    with pytest.raises(SettingsError, match=r"NEWS_ETL_SHARDS='2.9': a whole number"):
        from_environment({"NEWS_ETL_SHARDS": "2.9"})


def test_a_home_folder_is_the_users(monkeypatch):
    monkeypatch.setenv("HOME", "/somewhere")
    assert from_environment({"NEWS_ETL_DATA": "~/news"}).data_url == "/somewhere/news"
