use chrono::TimeDelta;

/// Who and what exists on a server when it starts, and how it behaves where there is a choice.
#[derive(Clone, Debug)]
pub struct Setup {
    /// The user pools.
    pub pools: Vec<Pool>,
    /// What the text in the pictures looks like.
    pub payload: PayloadShape,
    /// The code for a phone's user of another pool: 2004, or 2036.
    pub foreign_user_code: i64,
    /// The HTTP status of a successful POST: 200, or 201.
    pub post_status: u16,
    /// Whether the user who scanned a code may scan it again.
    pub rescan: bool,
    /// Whether the user who scanned a code may decide again, and otherwise.
    pub redecide: bool,
    /// Whether web pages are told to paint a logo over the middle of the code.
    pub custom_logo: bool,
}

/// A user pool.
#[derive(Clone, Debug)]
pub struct Pool {
    /// Its id.
    pub id: String,
    /// What the web site's server authenticates with.
    pub secret: String,
    /// Its applications.
    pub apps: Vec<App>,
    /// Its users.
    pub users: Vec<User>,
    /// How long a login code lives.
    pub code_life: TimeDelta,
    /// How long a ticket lives.
    pub ticket_life: TimeDelta,
    /// Whether `check` gives the whole user, with token.
    pub full_user_info: bool,
    /// Whether a browser may exchange a ticket.
    pub browser_exchange: bool,
}

/// An application of a pool.
#[derive(Clone, Debug)]
pub struct App {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
}

/// A user.
#[derive(Clone, Debug)]
pub struct User {
    /// The id.
    pub id: String,
    /// The name to sign in with.
    pub username: String,
    /// The name to show.
    pub nickname: String,
}

/// The two documented shapes of the text in a login code, and one with no expiry at all.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum PayloadShape {
    /// With `expireAt`.
    ExpireAt,
    /// With `expiresIn`.
    ExpiresIn,
    /// With neither.
    NoExpiry,
}

impl Default for Setup {
    /// Two pools with an app each: the first has the users `alice` and `bob`, the second has
    /// `carol`.
    fn default() -> Self {
        Self {
            pools: vec![
                Pool::new(
                    "65a1b2c3d4e5f60718293a4b",
                    "65a1b2c3d4e5f60718293a01",
                    "Sample site",
                    &["alice", "bob"],
                ),
                Pool::new(
                    "65a1b2c3d4e5f60718293c5d",
                    "65a1b2c3d4e5f60718293a02",
                    "Other site",
                    &["carol"],
                ),
            ],
            payload: PayloadShape::ExpiresIn,
            foreign_user_code: 2004,
            post_status: 200,
            rescan: true,
            redecide: false,
            custom_logo: false,
        }
    }
}

impl Pool {
    fn new(id: &str, app_id: &str, app_name: &str, usernames: &[&str]) -> Self {
        let user = |name: &&str| User {
            id: format!("user-{name}"),
            username: (*name).to_owned(),
            nickname: name[..1].to_uppercase() + &name[1..],
        };
        Self {
            id: id.to_owned(),
            secret: format!("secret-of-{id}"),
            apps: vec![App { id: app_id.to_owned(), name: app_name.to_owned() }],
            users: usernames.iter().map(user).collect(),
            // The defaults of the console (PROTOCOL 7).
            code_life: TimeDelta::seconds(120),
            ticket_life: TimeDelta::seconds(300),
            full_user_info: false,
            browser_exchange: false,
        }
    }
}
