from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from ae.images.sheets import png_bytes
from ae.images.uploads import read_upload
from ae.latent.directions import Direction
from ae.models import load, read_card
from ae.ui.arithmetic.quality import in_words
from tests.door.saying import say_state
from tests.face_toys import ATTRIBUTES, remove_judge, write_shelf
from tests.pages.apps import component, open_page, tables
from tests.pages.apps import upload as give
from tests.toys import change_card, npz, replace_file

FACES = "Bar faces"
OWN = "Your own direction"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("AE_HOME", str(tmp_path))
    return write_shelf(tmp_path)


def page(**query: str) -> AppTest:
    app = open_page("pages/explore/arithmetic.py", **{"vae": FACES, **query})
    assert not app.exception
    return app


def words(app: AppTest) -> str:
    texts = (*app.markdown, *app.caption, *app.info, *app.warning, *app.error)
    return " ".join(str(text.value) for text in texts)


def number(app: AppTest, key: str) -> int:
    value = app.number_input(key=key).value
    assert value is not None
    return int(value)


def upload(app: AppTest, content: bytes, name: str = "me.png") -> AppTest:
    app.segmented_control(key="face_from").set_value("Upload").run()
    return give(app, "face-upload", (name, content))


# Attribute -------------------------------------------------------------------------


def reaches_the_median(app: AppTest) -> bool:
    """Whether the picture is brought to the median of those that smile, and nothing else."""
    model, base = load("bar-faces"), np.float64(component(app, "moves")["base"])
    direction = model.directions["smile"]
    amount, *others = (float(each) for each in app.query_params["edit"].split("_"))
    place = (base + amount * direction.strength * direction.vector) @ direction.vector
    median = np.median(model.known["toy"].along(direction)[1])
    return others == [0, 0, 0] and abs(place - median) < 0.01 * direction.strength


def test_the_first_view_goes_to_the_median_of_those_who_have_it(home: Path) -> None:
    app = page()
    assert reaches_the_median(app)
    assert "training pictures with most smile, the highest third" in words(app)
    assert [move["label"] for move in component(app, "moves")["moves"]] == [
        "smile",
        "glasses",
        "hat",
    ]
    assert "AUROC" in words(app)
    assert "n = 60 test images" in words(app)


def test_the_link_brings_picture_amounts_and_locks_back(home: Path) -> None:
    app = page(edit="0.5_0_-1_0.25", keep="hat", face="7", every="true")
    data = component(app, "moves")
    assert list(data["start"].values()) == [0.5, 0, -1, 0.25]
    np.testing.assert_allclose(data["base"], load("bar-faces").codes[7], rtol=1e-6)
    assert app.query_params["edit"] == "0.5_0_-1_0.25"
    assert app.pills(key="keep").value == ["hat"]


@pytest.mark.parametrize("edit", ["nonsense", "1_1", "nan_0_0_0", "9_0_0_0", "1e999"])
def test_amounts_in_the_link_that_are_none_add_the_first_attribute(home: Path, edit: str) -> None:
    assert reaches_the_median(page(edit=edit))


def test_attributes_that_were_moved_stay_on_screen(home: Path) -> None:
    few = component(page(), "moves")["moves"]
    moved = component(page(edit="0_0_0_1"), "moves")["moves"]
    assert len(few) == 3
    assert [move["label"] for move in moved] == list(ATTRIBUTES)


def test_a_button_goes_to_the_median_again(home: Path) -> None:
    app = page(edit="0_0_0_0")
    assert not reaches_the_median(app)
    next(b for b in app.button if b.label.startswith("To the median")).click().run()
    assert reaches_the_median(app)


def calibrate(home: Path, held_out: int = 99) -> None:
    """Let the toy say where its codes lie: hardly anywhere."""
    folder = home / "models" / "bar-faces"
    arrays = dict(np.load(folder / "codes.npz"))
    calibrated = {
        "noise": np.zeros(3, np.float32),
        "held_out_scores": np.linspace(0, 0.1, held_out, dtype=np.float32),
        "held_out_errors": np.ones(held_out, np.float32),
    }
    replace_file(folder, "codes.npz", npz(**{**arrays, **calibrated}))


def test_no_judge_is_asked_where_nothing_is_known(home: Path) -> None:
    calibrate(home)
    app = page(edit="3_0_0_0")
    assert "far from anything this model has seen" in words(app)
    assert "none is asked" in words(app)
    assert not app.metric


def test_few_held_out_images_cannot_tell_what_is_far(home: Path) -> None:
    calibrate(home, 19)
    said = words(page(edit="3_0_0_0"))
    assert "is not known: none of 19 held-out images have a code as far" in said
    assert "There is data behind it" not in said
    calibrate(home, 20)
    assert "far from anything this model has seen" in words(page(edit="3_0_0_0"))


def test_a_direction_of_ones_own_that_leaves_the_data_is_not_judged_either(home: Path) -> None:
    calibrate(home)
    by_hat = {"a_by": "Label", "b_by": "Label", "a_label": "hat: without", "b_label": "hat: with"}
    app = page(mode=OWN, own="3", **by_hat)
    assert "far from anything this model has seen" in words(app)
    assert "none is asked" in words(app)


def test_how_models_of_the_same_faces_learned_stands_side_by_side_with_intervals() -> None:
    app = page(vae="Photographs of faces", edit="1_0")
    table = next(table for table in tables(app) if "Learned" in table)
    assert sorted(table["Learned"]) == ["By PCA", "With a hint", "Without labels"]
    assert all(" to " in cell for name in ("AUROC, %", "Added, %") for cell in table[name])
    assert "better than" not in words(app)
    assert "The judge is right about smiling in" in words(app)


@pytest.mark.parametrize("auroc", [0.0, 0.2, 1.0])
@pytest.mark.parametrize("few", [1, 5])
def test_the_interval_of_an_auroc_is_none_of_certainty_and_within_its_range(
    auroc: float, few: int
) -> None:
    direction = Direction("few", np.eye(2)[0], 1.0, auroc, 0.0, few, 5)
    low, high = re.findall(r"AUROC, ([\d.]+) to ([\d.]+) with", in_words("few", direction))[0]
    assert 0 <= float(low) < float(high) <= 100
    assert float(high) - float(low) > 20


def leak(app: AppTest) -> tuple[float, float]:
    """What else moved with the locks, and without."""
    line = next(str(m.value) for m in app.markdown if "Besides" in str(m.value))
    return float(line.split("**")[1].split()[0]), float(line.split()[-1].rstrip("."))


def test_a_lock_on_biased_faces_lets_less_else_move(home: Path) -> None:
    bare = int(np.argmin(load("bar-faces").codes[:, 1]))  # glasses can still be added
    app = page(learned_from="toy-biased", keep="glasses", face=str(bare))
    locked, free = leak(app)
    assert locked < 0.5 * free


def test_of_what_one_has_or_has_not_the_judge_says_whether_it_is_there(home: Path) -> None:
    codes = load("bar-faces").codes
    bare = int(np.argmin(codes[:, 1]))
    app = page(edit="0_2_0_0", face=str(bare), learned_from="toy-biased")
    sure, others = app.metric
    assert (sure.label, others.label) == ("Glasses, says the judge", "Glasses, among the others")
    now, before = (int(text.split("%")[0]) for text in (sure.value, sure.delta))
    assert before == round(100 / (1 + np.exp(-2 * codes[bare, 1])))
    assert now > before + 10
    assert others.value.endswith(" of 8")
    assert not page(edit="1_0_0_0", face=str(bare)).metric  # a smile has degrees


def test_what_a_model_hardly_draws_is_said_where_it_is_added_or_kept(home: Path) -> None:
    edits = {
        "smile": {"perfect": {"n": 40, "total": 0.38}},
        "glasses": {"flips": {"n_with": 24, "still_seen": 0.25}},
        "hat": {"flips": {"n_with": 20, "still_seen": 0.9}},
    }
    folder = home / "models" / "bar-faces"
    evaluation = read_card(folder).evaluation
    evaluation["test"]["edits"] = edits
    change_card(folder, evaluation=evaluation)
    for query in ({"edit": "0_1_1_0"}, {"edit": "1_0_0_0", "keep": "glasses"}):
        (warning,) = page(**query).warning
        assert "hardly draws glasses: of 24 test images" in warning.value
        assert "in 25% of the reconstructions" in warning.value
    smiling = page(edit="1_0_0_0")
    assert not smiling.warning
    assert "of 40 faces drawn anew with only smile changed" in words(smiling)
    assert "each other one moved by 0.19 for each spread of smile" in words(smiling)
    assert "drawn anew" not in words(page(edit="1_1_0_0"))


def test_of_what_is_moved_and_kept_at_once_it_is_said_why_that_does_nothing(home: Path) -> None:
    app = page(keep="smile", edit="1_0_0_0")
    assert "Smile is what you move" in words(app)
    app.pills(key="keep").set_value(["hat"]).run()
    assert "is what you move" not in words(app)
    assert "Kept unchanged on average: hat." in words(app)


def test_the_lead_speaks_of_what_the_model_draws(home: Path) -> None:
    assert "code of a picture and *s* is what *smile* adds" in words(page())
    drawn = page(vae=load("faces-vae").card.title)
    assert "code of a face and *s* is what *smile* adds" in words(drawn)
    garments = page(vae=load("fashion-vae-16").card.title)
    assert "code of a garment and *s* leads from one class to another" in words(garments)


def test_a_link_to_a_picture_of_ones_own_says_that_another_stands_in(home: Path) -> None:
    app = page(face_from="Upload", edit="1_0_0_0")
    assert "made from somebody's own picture, which no link holds" in words(app)
    base = load("bar-faces").codes[number(app, "face")]
    np.testing.assert_allclose(component(app, "moves")["base"], base, rtol=1e-6)
    upload(app, png_bytes(np.zeros((40, 40, 3), np.uint8)))
    assert "no link holds" not in words(app)
    assert "holds neither your picture nor its code" in words(app)
    assert app.query_params["face_from"] in ("Upload", ["Upload"])


def test_what_cannot_be_kept_is_named_and_ignored(home: Path) -> None:
    app = page(keep="smile", edit="1_0_0_0", method="Logistic")
    assert not app.warning  # an attribute is never kept from itself
    app.pills(key="keep").set_value(["glasses", "hat", "luck"]).run()
    assert not app.exception
    # Three codes cannot keep three attributes and change a fourth.
    assert "Luck cannot be kept while smile changes" in words(app)


def test_without_a_judge_the_page_says_so(home: Path) -> None:
    remove_judge(home)
    assert "no judge of such pictures" in words(page())


def test_the_bias_of_the_lesson_is_told_in_numbers(home: Path) -> None:
    assert "glasses +0." in words(page(learned_from="toy-biased"))
    assert "glasses +0." not in words(page())


def test_others_are_shown_when_asked_for_and_drawn_by_a_seed(home: Path) -> None:
    assert component(page(), "moves")["also"] == []
    first = component(page(apply="true", others="3"), "moves")["also"]
    assert len(first) == 8
    app = page(apply="true", others="3")
    assert component(app, "moves")["also"] == first
    next(b for b in app.button if b.label == "Other eight").click().run()
    assert component(app, "moves")["also"] != first
    assert app.query_params["others"] == ["4"] or app.query_params["others"] == "4"


def test_every_method_gives_a_direction(home: Path) -> None:
    tables = {
        method: str(component(page(method=method), "moves")["curves"])
        for method in ("Mean difference", "Balanced", "Whitened", "Logistic")
    }
    assert len(set(tables.values())) >= 3


# Classes ---------------------------------------------------------------------------


def test_garments_move_from_class_to_class() -> None:
    title = load("fashion-vae-16").card.title
    app = page(vae=title, class_a="Dress", class_b="Coat")
    (move,) = component(app, "moves")["moves"]
    assert move["label"] == "Dress to Coat"
    model = load("fashion-vae-16")
    assert model.labels[number(app, "face")] == 3
    next(b for b in app.button if b.label == "Heels").click().run()
    (move,) = component(app, "moves")["moves"]
    assert move["label"] == "Sneaker to Ankle boot"
    assert model.labels[number(app, "face")] == 7
    assert "test pictures of Ankle boot that taught it" in words(app)


# Uploads ---------------------------------------------------------------------------


def put_square(app: AppTest, x: float, y: float, share: float) -> AppTest:
    revision = component(app, "picture")["revision"]
    values = {"x": x, "y": y, "share": share}
    return say_state(app, "face-crop", {"moved": {"revision": revision, "values": values}})


def test_an_upload_is_cropped_by_hand_and_edited(home: Path) -> None:
    picture = np.zeros((40, 80, 3), np.uint8)
    picture[:, 40:] = 255
    app = upload(page(), png_bytes(picture))
    put_square(app, 0.25, 0.5, 1)
    dark = component(app, "moves")["base"]
    put_square(app, 0.75, 0.5, 1)
    bright = component(app, "moves")["base"]
    assert not app.exception
    faces = load("bar-faces")
    for base, level in ((dark, 0), (bright, 1)):
        expected = faces.encode(np.full((1, 16, 16, 3), level, np.float32))[0]
        np.testing.assert_allclose(base, expected, atol=1e-4)
    assert "what it can say about it" in words(app)


def test_every_upload_starts_with_the_largest_square_in_its_middle(home: Path) -> None:
    picture = np.zeros((40, 80, 3), np.uint8)
    picture[:, 20:60] = 255
    app = upload(page(), png_bytes(picture))
    middle = component(app, "moves")["base"]
    expected = load("bar-faces").encode(np.ones((1, 16, 16, 3), np.float32))[0]
    np.testing.assert_allclose(middle, expected, atol=1e-4)
    put_square(app, 0, 0, 0.2)
    assert component(app, "moves")["base"] != middle
    upload(app, png_bytes(255 - picture), "another.png")
    assert component(app, "picture")["start"] == {"x": 0.5, "y": 0.5, "share": 1}


def test_an_upload_is_read_once_not_in_every_run(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[bytes] = []

    def counting(data: bytes) -> Image.Image:
        read.append(data)
        return read_upload(data)

    monkeypatch.setattr("ae.ui.door.uploads.read_upload", counting)
    pictures = [png_bytes(np.full((50, 50, 3), grey, np.uint8)) for grey in (90, 200)]
    app = upload(page(), pictures[0])
    put_square(app, 0.5, 0.5, 0.4)
    assert read == pictures[:1]
    upload(app, pictures[1])
    assert read == pictures
    expected = load("bar-faces").encode(np.full((1, 16, 16, 3), 200 / 255, np.float32))
    np.testing.assert_allclose(component(app, "moves")["base"], expected[0], atol=1e-4)


@pytest.mark.parametrize("shape", [(1, 1, 3), (1, 900, 3), (900, 1, 3), (7, 5, 4)])
def test_uploads_of_odd_sizes_are_edited_too(home: Path, shape: tuple[int, int, int]) -> None:
    app = upload(page(), png_bytes(np.full(shape, 128, np.uint8)))
    put_square(app, 1, 1, 0.1)
    assert not app.exception
    assert np.isfinite(component(app, "moves")["base"]).all()


@pytest.mark.parametrize("content", [b"", b"<svg/>", b"\x89PNG\r\n\x1a\n cut short"])
def test_hostile_uploads_are_refused_in_a_sentence(home: Path, content: bytes) -> None:
    app = upload(page(), content)
    assert not app.exception
    assert len(app.error) == 1


# Your own direction ----------------------------------------------------------------


def test_two_groups_give_a_direction_that_is_applied(home: Path) -> None:
    app = page(mode=OWN, group_a="1_2_3", group_b="4_5_4_999_x")
    codes = load("bar-faces").codes
    data = component(app, "moves")
    step = codes[[4, 5]].mean(axis=0) - codes[[1, 2, 3]].mean(axis=0)
    np.testing.assert_allclose(data["curves"][0][1], 3 * step, rtol=1e-4)
    assert app.query_params["group_b"] == "4_5"
    assert "Too few to measure" in words(app)
    assert component(app, "most")["start"] == {"A": [1, 2, 3], "B": [4, 5]}


def test_clicks_are_heard_as_whole_groups_whatever_the_address_says(home: Path) -> None:
    app = page(mode=OWN, group_a="1")
    sheet = component(app, "most")
    values: dict[str, object] = {"A": [1, 2, 2, "x", 1e9], "B": [4, True]}
    moved = {"revision": sheet["revision"], "values": values}
    app.session_state["clicked-bar-faces"] = {"moved": moved}
    app.query_params["group_a"] = "7"  # of an earlier click, and late
    app.run()
    assert app.query_params["group_a"] in ("1_2", ["1_2"])
    assert app.query_params["group_b"] in ("4", ["4"])
    assert component(app, "most")["revision"] == sheet["revision"]
    app.query_params["group_a"] = "7"  # with nothing clicked: a link, or going back
    app.run()
    assert component(app, "most")["start"] == {"A": [7], "B": [4]}


def test_groups_by_label_are_judged_on_the_other_half(home: Path) -> None:
    app = page(mode=OWN, a_by="Label", b_by="Label", a_label="hat: without", b_label="hat: with")
    assert "AUROC" in words(app)
    assert component(app, "moves")["moves"][0]["note"].startswith("AUROC")


def test_a_selection_on_the_map_can_be_a_group(home: Path) -> None:
    app = page(mode=OWN, group_b="4")
    app.session_state["map-selection-bar-faces"] = np.array([7, 8, 999])
    app.run()
    app.segmented_control(key="a_by").set_value("Selection on the map").run()
    assert not app.exception
    assert "Group A: 2 test images" in words(app)


def test_a_direction_is_kept_and_survives_a_download(home: Path) -> None:
    app = page(mode=OWN, group_a="1_2", group_b="4_5", own_name="*more* <b>hat</b>")
    next(b for b in app.button if b.label == "Keep it").click().run()
    assert "*more* <b>hat</b>" in app.selectbox(key="direction").options
    saved = app.session_state["own-bar-faces"]["*more* <b>hat</b>"]
    again = page(mode=OWN)
    file = ("direction.json", saved.to_json().encode())
    give(again, "direction-file", file)
    assert not again.exception
    assert component(again, "moves")["moves"][0]["label"] == "*more* <b>hat</b>"


@pytest.mark.parametrize("content", [b"", b"[]", b"\xff\xfe", b"[" * 100_000, b"x" * 300_000])
def test_hostile_directions_are_refused_in_a_sentence(home: Path, content: bytes) -> None:
    app = page(mode=OWN)
    file = ("direction.json", content)
    give(app, "direction-file", file)
    assert not app.exception
    assert len(app.error) == 1


def test_a_direction_of_another_model_is_refused(home: Path) -> None:
    other = Direction("far", np.eye(16, dtype=np.float32)[0], 1.0, 0.9, 1.0, 5, 5)
    app = page(mode=OWN)
    file = ("direction.json", other.to_json().encode())
    give(app, "direction-file", file)
    assert "16 coordinates" in str(app.error[0].value)


# Equation --------------------------------------------------------------------------


def test_the_equation_of_the_link_is_decoded(home: Path) -> None:
    app = page(mode="Equation", a="3", b="4", c="5")
    assert [app.number_input(key=key).value for key in "abc"] == [3, 4, 5]
    assert "left out" in words(app)
    assert [found.proto.label for found in app.get("download_button")] == ["From c as GIF"]


def test_the_first_equation_compares_faces_with_and_without_glasses(home: Path) -> None:
    app = page(mode="Equation")
    glasses = load("bar-faces").attributes["glasses"]
    a, b, c = (number(app, key) for key in "abc")
    assert (glasses[a], glasses[b], glasses[c]) == (1, 0, 0)


def test_a_term_of_the_equation_may_be_a_picture_of_ones_own(home: Path) -> None:
    app = page(mode="Equation", a="3", b="4")
    app.segmented_control(key="c_from").set_value("Upload").run()
    assert "left out" not in words(app)  # nothing is added before there is a picture
    picture = np.full((40, 40, 3), 128, np.uint8)
    file = ("me.png", png_bytes(picture))
    give(app, "c-upload", file)
    assert not app.exception
    assert "left out" in words(app)


@pytest.mark.parametrize("mode", ["Equation", OWN])
def test_glasses_that_are_no_yes_or_no_fill_the_page_too(home: Path, mode: str) -> None:
    folder = home / "models" / "bar-faces"
    # Smiles have degrees, and only one face wears something else than most.
    change_card(folder, attributes=("smiling", "hat", "glasses", "luck"))
    arrays = dict(np.load(folder / "codes.npz"))
    arrays["attributes"][:, 2] = 1
    arrays["attributes"][0, 2] = 2
    replace_file(folder, "codes.npz", npz(**arrays))
    app = page(mode=mode, a_by="Label")
    if mode == OWN:
        options = app.selectbox(key="a_label").options
        assert "smiling: highest third" in options
        assert not [option for option in options if option.startswith("glasses")]


# Path ------------------------------------------------------------------------------


def test_a_path_leads_from_one_picture_to_the_other_and_beyond(home: Path) -> None:
    app = page(mode="Path", path_from="2", path_to="9", t="0.75")
    data = component(app, "moves")
    codes = load("bar-faces").codes
    assert list(data["start"].values()) == [0.75]
    table = np.array(data["curves"][0])
    t = np.linspace(-0.25, 1.25, len(table))[:, None]
    np.testing.assert_allclose(table, t * (codes[9] - codes[2]), atol=1e-5)
    stops = component(app, "rows")
    assert len(stops["names"]) == 10
    assert stops["names"][-1].endswith("beyond")


def test_turning_takes_another_way(home: Path) -> None:
    straight = component(page(mode="Path"), "moves")["curves"]
    turning = component(page(mode="Path", way="Turning (slerp)"), "moves")["curves"]
    assert straight != turning


@pytest.mark.parametrize("t", ["nonsense", "nan", "7", ""])
def test_a_position_off_the_way_gives_the_middle(home: Path, t: str) -> None:
    start = component(page(mode="Path", t=t), "moves")["start"]
    assert list(start.values()) == [0.5]


def test_four_corners_are_in_the_link(home: Path) -> None:
    app = page(mode="Path", top_left="11", bottom_right="12")
    assert app.number_input(key="top_left").value == 11
    assert app.number_input(key="bottom_right").value == 12


def test_a_corner_may_be_a_picture_of_ones_own(home: Path) -> None:
    def squares(app: AppTest) -> int:
        buttons = app.get("download_button")
        return sum(b.proto.label == "The square as PNG" for b in buttons)

    app = page(mode="Path")
    assert squares(app) == 1
    app.segmented_control(key="top_left_from").set_value("Upload").run()
    assert squares(app) == 0  # nothing lies between three corners
    file = ("me.png", png_bytes(np.full((40, 40, 3), 128, np.uint8)))
    give(app, "top_left-upload", file)
    assert not app.exception
    assert squares(app) == 1


@pytest.mark.parametrize("mode", ["Attribute", OWN, "Equation", "Path"])
@pytest.mark.parametrize("name", ["fashion-vae-2", "fashion-vae-16"])
def test_every_mode_works_on_garments(mode: str, name: str) -> None:
    page(vae=load(name).card.title, mode=mode)


def test_an_attribute_of_degrees_is_measured_above_and_below_its_median() -> None:
    words = "\n".join(str(each.value) for each in page(vae="Drawn faces").markdown)
    assert "1,000 above the median, 1,000 up to it" in words
    app = page(vae="Photographs of faces")
    words = "\n".join(str(each.value) for each in app.markdown)
    assert "318 with, 842 without" in words
