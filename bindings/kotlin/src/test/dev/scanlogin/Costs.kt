package dev.scanlogin

import java.nio.ByteBuffer
import kotlin.test.assertFailsWith
import kotlin.test.assertIs
import kotlin.test.assertTrue
import kotlin.time.Duration
import kotlin.time.Duration.Companion.milliseconds
import kotlin.time.DurationUnit
import kotlin.time.measureTime
import kotlinx.coroutines.runBlocking

/** The median of many runs. */
private fun median(runs: Int, run: () -> Unit): Duration {
    repeat(runs / 2) { run() }
    return List(runs) { measureTime(run) }.sorted()[runs / 2]
}

private fun show(what: String, cost: Duration) {
    println("cost: kotlin, $what: ${cost.toString(DurationUnit.MICROSECONDS, 1)}")
}

private fun client() = ScanLoginClient(ScanLoginConfig("app", "pool", "https://example.com")) { null }

fun Tests.firstUse() {
    test("the cost of the first use, which an app pays when it likes") {
        show("ScanLogin.load, once in a process", measureTime { ScanLogin.load() })
        val first = measureTime { client() }
        show("the first client after it", first)
        show("another client", median(20) { client() })
    }
}

fun Tests.costs() {
    test("the costs of the boundary") {
        val client = client()
        val text = """{"scene":"APP_AUTH","random":"r","userPoolId":"pool"}"""
        val code = client.readText(text)
        show("a property of a code", median(20_000) { code.expiresAt })
        show("readText", median(5_000) { client.readText(text) })
        show("readText that is refused", median(5_000) { assertFailsWith<ScanLoginException> { client.readText("x") } })
        val error = assertFailsWith<ScanLoginException> { client.readText("x") }
        show("code, text and isRetryable of an error", median(20_000) { "${error.code} ${error.userText()} ${error.isRetryable}" })
        show("a scanner", median(2_000) { client.frameScanner() })
        Server().use { server ->
            val login = runBlocking { server.client().let { it.scanned(it.readText(server.text(server.makeCode()))) } }
            show("the progress of a login", median(5_000) { login.currentProgress })
        }
        val scanner = client.frameScanner()
        for ((width, height) in listOf(1280 to 720, 1920 to 1080)) {
            // The strides do not fit, so that the plane is passed in, and nothing more is done.
            fun passed(plane: ByteBuffer) = median(500) { assertIs<FrameResult.Refused>(scanner.scan(CameraFrame(plane, width, height, 1))) }
            val direct = passed(ByteBuffer.allocateDirect(width * height))
            show("a ${width}x$height plane, direct", direct)
            show("a ${width}x$height plane, on the heap", passed(ByteBuffer.allocate(width * height)))
            assertTrue(direct < 1.milliseconds, "$direct")
        }
    }
}
