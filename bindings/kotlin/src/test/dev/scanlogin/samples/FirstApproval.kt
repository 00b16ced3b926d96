package dev.scanlogin.samples

import dev.scanlogin.LoginCode
import dev.scanlogin.ScanLoginClient
import dev.scanlogin.ScanLoginConfig
import dev.scanlogin.TokenException
import dev.scanlogin.TokenProvider
import dev.scanlogin.UserToken

/** The app's own session. */
class Session(private val idToken: String, private val userId: String) : TokenProvider {
    override suspend fun token(refresh: Boolean): UserToken {
        // With refresh, an app gets a fresh token from its server. One that cannot says:
        if (refresh) throw TokenException.SignedOut()
        return UserToken(idToken, userId)
    }
}

fun client(session: Session, baseUrl: String = "https://example.genauth.ai") = ScanLoginClient(
    ScanLoginConfig(appId = "app-id", userPoolId = "user-pool-id", baseUrl = baseUrl),
    session,
)

suspend fun approve(client: ScanLoginClient, jpeg: ByteArray, askUser: suspend (LoginCode) -> Boolean) {
    val code = client.readImage(jpeg)
    client.scanned(code).use { login -> // the web page now shows who scanned
        if (askUser(login.code())) login.confirm() else login.cancel()
    }
}
