package dev.scanlogin

import java.nio.ByteBuffer
import kotlin.test.assertTrue
import kotlin.time.Duration
import kotlin.time.DurationUnit
import kotlin.time.measureTime

/** The median of many runs. */
private fun median(runs: Int, run: () -> Unit): Duration {
    repeat(runs / 10) { run() }
    return List(runs) { measureTime(run) }.sorted()[runs / 2]
}

private fun show(what: String, cost: Duration) {
    println("cost: kotlin, $what: ${cost.toString(DurationUnit.MICROSECONDS, 1)}")
}

fun Tests.costs() {
    test("the costs of the boundary") {
        val client = ScanLoginClient(ScanLoginConfig("app", "pool", "https://example.com"), Tokens("t", "u"))
        val code = client.readText("""{"scene":"APP_AUTH","random":"r","userPoolId":"pool"}""")
        show("one call", median(20_000) { code.expiresAtMillis() })
        val scanner = client.frameScanner()
        for ((width, height) in listOf(1280 to 720, 1920 to 1080)) {
            val plane = ByteBuffer.allocateDirect(width * height)
            // The strides do not fit, so that the plane is passed in, and nothing more is done.
            val borrowed = median(2_000) {
                try {
                    scanner.scan(CameraFrame(plane, width, height, 1))
                } catch (_: ScanLoginException.UnreadableImage) {
                }
            }
            show("a ${width}x$height plane, borrowed", borrowed)
            val bytes = ByteArray(width * height)
            show("a ${width}x$height plane, copied", median(200) { ByteBuffer.allocateDirect(bytes.size).put(bytes) })
            assertTrue(borrowed < Duration.parse("1ms"), "$borrowed")
        }
    }

    test("objects that are closed are freed") {
        val resident = { java.io.File("/proc/self/status").readLines().first { it.startsWith("VmRSS") }.filter(Char::isDigit).toLong() }
        val config = ScanLoginConfig("app", "pool", "https://example.com")
        ScanLoginClient(config, Tokens("t", "u")).use { client ->
            val text = """{"scene":"APP_AUTH","random":"r","userPoolId":"pool","customData":{"a":"${"x".repeat(3000)}"}}"""
            val round = {
                client.readText(text).use { it.customData() }
                client.frameScanner().close()
            }
            repeat(2_000) { round() }
            System.gc()
            val before = resident()
            repeat(10_000) { round() }
            System.gc()
            val grown = resident() - before
            // 10,000 codes that were not freed would be 30 MB.
            assertTrue(grown < 15_000, "grown by $grown KiB")
        }
    }
}
