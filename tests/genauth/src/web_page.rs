use std::io;

use axum::body::Body;
use axum::http::Request;
use http_body_util::BodyExt;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::choices;

/// The other side of a login: a web page that shows a code and polls, and the web site's server
/// behind it. Speaks plain HTTP.
pub struct WebPage {
    http: Client<HttpConnector, Body>,
    url: String,
    app_id: String,
}

/// What a poll says of a code.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct Poll {
    /// 0 to 5, or -1: PROTOCOL 3.
    pub status: i64,
    /// What to exchange for the user, once the login is confirmed.
    pub ticket: Option<String>,
    /// Who scanned the code.
    pub user_info: UserInfo,
}

/// A user, as far as a poll or an exchange tells.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(default)]
pub struct UserInfo {
    /// The id.
    pub id: String,
    /// The name to show.
    pub nickname: String,
    /// The e-mail address.
    pub email: String,
    /// The token of a user who was exchanged for a ticket.
    pub token: String,
}

impl WebPage {
    /// A page of the app with this id, at the server with this URL.
    pub fn new(url: &str, app_id: &str) -> Self {
        let http = Client::builder(TokioExecutor::new()).build_http();
        Self { http, url: url.to_owned(), app_id: app_id.to_owned() }
    }

    /// Has a new code made; its id, and where its picture is.
    pub async fn gene(&self, custom_data: Value) -> io::Result<(String, String)> {
        let body = json!({ "scene": "APP_AUTH", "params": custom_data, "autoMergeQrCode": false });
        let data = self.call("POST", "/api/v2/qrcode/gene", &[], body).await?;
        let text = |name: &str| data[name].as_str().unwrap_or_default().to_owned();
        Ok((text("random"), text("url")))
    }

    /// The bytes of a code's picture.
    pub async fn picture(&self, url: &str) -> io::Result<Vec<u8>> {
        let request = Request::get(url).body(Body::empty()).map_err(io::Error::other)?;
        let answer = self.http.request(request).await.map_err(io::Error::other)?;
        Ok(answer.into_body().collect().await.map_err(io::Error::other)?.to_bytes().to_vec())
    }

    /// Polls for what became of a code.
    pub async fn check(&self, random: &str) -> io::Result<Poll> {
        let path = format!("/api/v2/qrcode/check?random={random}");
        Ok(serde_json::from_value(self.call("GET", &path, &[], Value::Null).await?)?)
    }

    /// Exchanges a ticket for the user, as the web site's server does.
    pub async fn exchange(&self, ticket: &str, pool_secret: &str) -> io::Result<UserInfo> {
        let (secret, body) = ((choices::SECRET_HEADER, pool_secret), json!({ "ticket": ticket }));
        let user = self.call("POST", "/api/v2/qrcode/userinfo", &[secret], body).await?;
        Ok(serde_json::from_value(user)?)
    }

    async fn call(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Value,
    ) -> io::Result<Value> {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.url))
            .header("content-type", "application/json")
            .header("x-authing-app-id", &self.app_id)
            .header("x-authing-request-from", "sdk");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let body = if body.is_null() { Body::empty() } else { Body::from(body.to_string()) };
        let request = request.body(body).map_err(io::Error::other)?;
        let answer = self.http.request(request).await.map_err(io::Error::other)?;
        let body = answer.into_body().collect().await.map_err(io::Error::other)?.to_bytes();
        let answer: Value = serde_json::from_slice(&body)?;
        if answer["code"] != 200 {
            return Err(io::Error::other(format!("{path} answered {answer}")));
        }
        Ok(answer["data"].clone())
    }
}
