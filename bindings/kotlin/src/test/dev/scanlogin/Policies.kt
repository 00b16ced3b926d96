package dev.scanlogin

import dev.scanlogin.samples.beStrict
import dev.scanlogin.samples.details
import dev.scanlogin.samples.showPin
import java.net.URLEncoder
import java.util.concurrent.LinkedBlockingQueue
import java.util.concurrent.TimeUnit
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertFalse
import kotlin.test.assertIs
import kotlin.time.Duration.Companion.seconds
import kotlinx.coroutines.delay

private const val ORIGIN = "https://login.example.com"

private fun Server.client(configure: ScanLoginConfig.Builder.() -> Unit): ScanLogin {
    val config = ScanLoginConfig(appId, pool, url) {
        allowInsecureLoopback = true
        configure()
    }
    val tokens = Tokens(issueToken("user-alice"), "user-alice")
    return ScanLoginClient(config, tokens)
}

private fun link(text: String) = "$ORIGIN/scan#login_code=" + URLEncoder.encode(text, Charsets.UTF_8)

private fun scan(scanLogin: ScanLogin, plane: ByteArray): FrameResult {
    val scanner = scanLogin.frameScanner()
    return generateSequence { scanner.scan(CameraFrame(direct(plane), WIDTH, HEIGHT, ROW_STRIDE)) }
        .first { it is FrameResult.Found || it is FrameResult.Refused }
}

fun Tests.policies() {
    test("a code knows where it was read, and keeps that on its way to scanned") {
        Server().use { server ->
            val random = server.makeCode()
            val text = server.text(random)
            val all = server.client {
                allowedSources = CodeSource.entries.toSet()
                allowedLinkOrigins = listOf(ORIGIN)
            }
            val linked = all.readLink(link(text))
            assertEquals(CodeSource.LINK, linked.source)
            assertEquals(CodeSource.TEXT, all.readText(text).source)
            assertEquals(setOf(linked), setOf(linked, all.readText(text)), "they say the same")
            assertEquals(CodeSource.IMAGE, all.readImage(server.png(random)).source)
            assertEquals(CodeSource.IMAGE, all.readFrame(CameraFrame(direct(server.plane(random)), WIDTH, HEIGHT, ROW_STRIDE)).source)
            assertEquals(CodeSource.CAMERA, assertIs<FrameResult.Found>(scan(all, server.plane(random))).code.source)

            // By default links are refused, also those that another client has read.
            val usual = server.client()
            for (refused in listOf(suspend { usual.readLink(link(text)) }, suspend { usual.scanned(linked) })) {
                val error = runCatching { refused() }.exceptionOrNull()
                assertEquals(CodeSource.LINK, assertIs<ScanLoginException.SourceNotAllowed>(error).found)
            }
            val foreign = assertFailsWith<ScanLoginException.NotALoginCode> { all.readLink(link(text).replace("login.", "evil.")) }
            assertEquals(CodeFlaw.FOREIGN_LINK, foreign.flaw)
            assertFailsWith<ScanLoginException.NotALoginCode> { all.readLink("$ORIGIN/\uD800") }
            // The picture alone.
            assertEquals(1, server.requests())
            all.scanned(linked).confirm()
            assertEquals("Confirmed", server.status(random))
        }
    }

    test("each source can be refused, and long lives") {
        Server().use { server ->
            val text = server.text(server.makeCode())
            val linkless = server.client { allowedSources = setOf(CodeSource.CAMERA) }
            assertEquals(CodeSource.TEXT, assertFailsWith<ScanLoginException.SourceNotAllowed> { linkless.readText(text) }.found)
            val image = runCatching { linkless.readImage(ByteArray(3)) }.exceptionOrNull()
            assertEquals(CodeSource.IMAGE, assertIs<ScanLoginException.SourceNotAllowed>(image).found)
            val brief = server.client { maxCodeLife = 119.seconds }
            assertFailsWith<ScanLoginException.LifeTooLong> { brief.readText(text) }
            server.client { maxCodeLife = 120.seconds }.readText(text)
            assertEquals(0, server.requests())
        }
    }

    test("claims and warnings are safe to show") {
        Server().use { server ->
            val code = server.client().readText(server.text(server.makeCode(customData = """{"where":"\u202Eemoh\nta","n":[1]}""")))
            assertEquals(listOf(Claim("n", "[1]"), Claim("where", "emoh ta")), code.claims)
            assertEquals(emptyList(), code.warnings)
            assertEquals("The page says of where: “emoh ta”", details(code).last())
            val weak = """{"scene":"APP_AUTH","random":"r","userPoolId":"${server.pool}"}"""
            assertEquals(listOf(CodeWarning.SHORT_ID, CodeWarning.UNKNOWN_LIFE), server.client().readText(weak).warnings)
        }
    }

    test("a code with the PIN is approved, and no other makes a request") {
        Server().use { server ->
            val scanLogin = server.client { beStrict() }
            var pin = ""
            showPin(scanLogin) { pin = it }
            assertEquals(1, server.requests())
            assertFalse(pin in "${scanLogin.bindingPin()}")
            showPin(scanLogin) { pin = it }

            fun seen(customData: String) = scan(scanLogin, server.plane(server.makeCode(customData = customData)))
            fun flaw(result: FrameResult) =
                assertIs<ScanLoginException.NotBound>(assertIs<FrameResult.Refused>(result).error).flaw
            assertEquals(BindingFlaw.MISSING_PIN, flaw(seen("{}")))
            assertEquals(BindingFlaw.WRONG_PIN, flaw(seen("""{"bindingPin":"x"}""")))
            val calls = server.requests()

            // Until the second in which the PIN was issued is over by the server's clock.
            var result = seen("""{"bindingPin":"$pin"}""")
            while (result is FrameResult.Refused) {
                assertEquals(BindingFlaw.MADE_BEFORE_PIN, flaw(result))
                delay(100)
                result = seen("""{"bindingPin":"$pin"}""")
            }
            assertEquals(calls, server.requests())
            val code = assertIs<FrameResult.Found>(result).code
            assertEquals(emptyList(), code.claims)
            scanLogin.scanned(code).confirm()
            assertEquals(BindingFlaw.NO_PIN, flaw(seen("""{"bindingPin":"$pin"}""")))
        }
    }

    test("Java sets policies, and takes a PIN by a callback") {
        Server().use { server ->
            val config = ScanLoginConfig.Builder(server.appId, server.pool, server.url).setAllowInsecureLoopback(true)
                .setAllowedSources(setOf(CodeSource.LINK)).setAllowedLinkOrigins(listOf(ORIGIN)).setMaxCodeLifeMillis(600_000)
                .setRequireBindingPin(true).build()
            val scanLogin = ScanLoginClient(config, Tokens(server.issueToken("user-alice"), "user-alice"))
            val pins = LinkedBlockingQueue<BindingPin>()
            ScanLoginCalls(scanLogin) { it.run() }.bindingPin({ pins += it }, { throw it })
            val pin = pins.poll(20, TimeUnit.SECONDS)!!
            assertEquals(6 to 300L, pin.digits.length to pin.validForSeconds)
            assertFailsWith<ScanLoginException.NotBound> { scanLogin.readLink(link(server.text(server.makeCode()))) }
        }
    }
}
