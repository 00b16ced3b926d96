package dev.scanlogin.samples

import dev.scanlogin.CodeSource
import dev.scanlogin.LoginCode
import dev.scanlogin.ScanLogin
import dev.scanlogin.ScanLoginConfig
import kotlin.time.Duration.Companion.minutes

/** What can be refused before the user is asked: `ScanLoginConfig(appId, userPoolId, baseUrl) { beStrict() }`. */
fun ScanLoginConfig.Builder.beStrict() {
    allowedSources = setOf(CodeSource.CAMERA)
    maxCodeLife = 10.minutes
    requireBindingPin = true // only where the web page asks for it
}

/** Before the camera opens. The user types it on the sign-in page, and nowhere else. */
suspend fun showPin(scanLogin: ScanLogin, show: (String) -> Unit) = show(scanLogin.bindingPin().digits)

/** What the screen that asks says of the code, beside its question. */
fun details(code: LoginCode): List<String> =
    code.claims.map { "The page says of ${it.name}: “${it.value}”" } + code.warnings.map { "Be careful: $it" }
