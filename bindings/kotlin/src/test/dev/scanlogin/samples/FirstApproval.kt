package dev.scanlogin.samples

import dev.scanlogin.LoginCode
import dev.scanlogin.ScanLogin
import dev.scanlogin.ScanLoginClient
import dev.scanlogin.ScanLoginConfig
import dev.scanlogin.TokenProvider
import dev.scanlogin.UserToken
import kotlin.time.Duration.Companion.seconds

/** The app's own session. */
class Session(private val idToken: String, private val userId: String) : TokenProvider {
    // With refresh, an app gets a fresh token from its server. One that cannot answers null: signed out.
    override suspend fun token(refresh: Boolean): UserToken? = if (refresh) null else UserToken(idToken, userId)
}

fun client(session: Session): ScanLogin = ScanLoginClient(
    ScanLoginConfig(appId = "app-id", userPoolId = "user-pool-id", baseUrl = "https://example.genauth.ai") { timeout = 10.seconds },
    session,
)

suspend fun approve(scanLogin: ScanLogin, jpeg: ByteArray, askUser: suspend (LoginCode) -> Boolean) {
    val code = scanLogin.readImage(jpeg)
    val login = scanLogin.scanned(code) // the web page now shows who scanned
    if (askUser(login.code)) login.confirm() else login.cancel()
}
