//! A post as it is answered.

use jiff::fmt::StdIoWrite;
use jiff::fmt::temporal::DateTimePrinter;
use serde::ser::Error as _;
use token::Timestamp;
use uuid::Uuid;

use super::{Post, PostView};

/// Room for a time in any year from −9999 to 9999.
const TIME_BYTES: usize = 32;

impl Post {
    /// The object that it is in JSON.
    pub(crate) fn to_json(&self) -> serde_json::Result<Vec<u8>> {
        let mut json = Vec::new();
        self.view().write_json(&mut json)?;
        Ok(json)
    }
}

impl PostView<'_> {
    /// Appends the object that it is in JSON. Member by member, because id and times have nothing
    /// to escape, and to look for it was most of the work of writing a short post. And most posts
    /// have been left as they were made, with one text for both times.
    pub(crate) fn write_json(&self, json: &mut Vec<u8>) -> serde_json::Result<()> {
        json.extend_from_slice(br#"{"id":""#);
        let id = self.id.0.hyphenated();
        json.extend_from_slice(id.encode_lower(&mut Uuid::encode_buffer()).as_bytes());
        json.extend_from_slice(br#"","title":"#);
        serde_json::to_writer(&mut *json, self.title)?;
        json.extend_from_slice(br#","body":"#);
        serde_json::to_writer(&mut *json, self.body)?;
        json.extend_from_slice(br#","author":"#);
        serde_json::to_writer(&mut *json, self.author)?;
        let (mut created, mut updated) = ([0; TIME_BYTES], [0; TIME_BYTES]);
        let created_at = rfc3339(self.created_at, &mut created)?;
        let updated_at = if self.updated_at == self.created_at {
            created_at
        } else {
            rfc3339(self.updated_at, &mut updated)?
        };
        json.extend_from_slice(br#","created_at":""#);
        json.extend_from_slice(created_at);
        json.extend_from_slice(br#"","updated_at":""#);
        json.extend_from_slice(updated_at);
        json.extend_from_slice(br#""}"#);
        Ok(())
    }
}

/// In UTC, to the millisecond. Errors become text where they arise: boxed they would bring along what
/// `jiff` has to show all of itself, an eighth of a megabyte.
fn rfc3339(time: Timestamp, room: &mut [u8; TIME_BYTES]) -> serde_json::Result<&[u8]> {
    const PRINTER: DateTimePrinter = DateTimePrinter::new().precision(Some(3));
    let refuse = |error: jiff::Error| serde_json::Error::custom(error);
    let time = jiff::Timestamp::from_millisecond(time.unix_millis()).map_err(refuse)?;
    let mut rest = room.as_mut_slice();
    let printed = PRINTER.print_timestamp(&time, StdIoWrite(&mut rest));
    printed.map_err(refuse)?;
    let length = TIME_BYTES - rest.len();
    Ok(&room[..length])
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::post::PostId;

    fn view<'a>(title: &'a str, author: &'a str) -> PostView<'a> {
        PostView {
            id: PostId::from_bytes([0x19; 16]),
            title,
            body: "a\nb",
            author,
            created_at: Timestamp::from_unix_millis(1_700_000_000_120),
            updated_at: Timestamp::from_unix_millis(1_700_000_000_000),
        }
    }

    fn written(view: &PostView<'_>) -> String {
        let mut json = Vec::new();
        view.write_json(&mut json).unwrap();
        String::from_utf8(json).unwrap()
    }

    #[test]
    fn a_post_has_the_six_members_of_the_contract_and_utc_times() {
        assert_eq!(
            written(&view("a \"title\"", "jack")),
            r#"{"id":"19191919-1919-1919-1919-191919191919","title":"a \"title\"","body":"a\nb","author":"jack","created_at":"2023-11-14T22:13:20.120Z","updated_at":"2023-11-14T22:13:20.000Z"}"#
        );
    }

    #[test]
    fn a_post_that_was_never_changed_has_the_same_time_twice() {
        let created_at = Timestamp::from_unix_millis(1_700_000_000_120);
        let unchanged = PostView {
            updated_at: created_at,
            ..view("a", "jack")
        };
        let read: Value = serde_json::from_str(&written(&unchanged)).unwrap();
        assert_eq!(read["updated_at"], "2023-11-14T22:13:20.120Z");
        assert_eq!(read["created_at"], read["updated_at"]);
    }

    #[test]
    fn whatever_an_author_writes_is_read_back_as_it_was() {
        for text in [
            "",
            "\"",
            "\\",
            "\u{0}\u{1f}\u{7f}",
            "ä€🦀",
            "</script>",
            "a\u{2028}b",
        ] {
            let read: Value = serde_json::from_str(&written(&view(text, text))).unwrap();
            assert_eq!(
                (&read["title"], &read["author"]),
                (&json!(text), &json!(text))
            );
            assert_eq!(read.as_object().unwrap().len(), 6);
        }
    }

    #[test]
    fn a_time_has_room_in_any_year_that_can_be_stored() {
        for millis in [
            i64::MIN,
            -377_705_023_201_000,
            253_402_207_200_999,
            i64::MAX,
        ] {
            let post = PostView {
                updated_at: Timestamp::from_unix_millis(millis),
                ..view("a", "jack")
            };
            let mut json = Vec::new();
            if post.write_json(&mut json).is_ok() {
                serde_json::from_slice::<Value>(&json).unwrap();
            }
        }
    }
}
