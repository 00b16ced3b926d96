package dev.scanlogin

import java.io.File
import java.nio.ByteBuffer
import kotlin.test.assertEquals
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

/** What a program says that is run by another Java. */
private fun ownProcess(main: String, vararg options: String): String {
    val command = listOf(System.getProperty("java.home") + "/bin/java", *options, "-cp", System.getProperty("java.class.path"), main)
    val process = ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start()
    return process.inputStream.bufferedReader().readText().trim().also { process.waitFor() }
}

object SinkFirst {
    @JvmStatic
    fun main(arguments: Array<String>) {
        val lines = java.util.concurrent.LinkedBlockingQueue<String>()
        ScanLogin.setLogSink { _, _, text -> lines += text }
        print("${isAnythingLoaded()} ")
        ScanLogin.load()
        // Nothing listens there.
        val client = ScanLoginClient(ScanLoginConfig("app", "pool", "http://127.0.0.1:1") { allowInsecureLoopback = true }) { null }
        runBlocking { runCatching { client.warmUp() } }
        println(isAnythingLoaded() && lines.take().isNotEmpty())
        System.exit(0)
    }
}

object NoLibrary {
    @JvmStatic
    fun main(arguments: Array<String>) = repeat(2) {
        try {
            ScanLogin.load()
        } catch (missing: LinkageError) {
            println(missing)
        }
    }
}

private fun client() = ScanLoginClient(ScanLoginConfig("app", "pool", "https://example.com")) { null }

/** JNA copies what it loads to a file of its own. */
private fun isAnythingLoaded() = File("/proc/self/maps").readText().contains(Regex("/jna\\d+\\.tmp|jnidispatch"))

fun Tests.firstUse() {
    test("setting a log sink loads nothing, and the sink is there when the library is") {
        // In a process of its own, which has loaded nothing yet.
        assertEquals("false true", ownProcess("dev.scanlogin.SinkFirst"))
    }

    test("a machine that there is no library for is told so, each time") {
        val told = "java.lang.UnsatisfiedLinkError: scan-login has no library for linux-sparc that can be loaded"
        assertEquals("$told\n$told", ownProcess("dev.scanlogin.NoLibrary", "-Dos.arch=sparc"))
    }

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
            // Of the plane one pixel is the picture, so that all of it is passed in, and nothing more is done.
            fun passed(plane: ByteBuffer) = median(2_000) { assertIs<FrameResult.NothingSeen>(scanner.scan(CameraFrame(plane, 1, 1, width))) }
            val direct = passed(ByteBuffer.allocateDirect(width * height))
            show("a ${width}x$height plane, direct", direct)
            show("a ${width}x$height plane, on the heap", passed(ByteBuffer.allocate(width * height)))
            assertTrue(direct < 1.milliseconds, "$direct")
        }
    }
}
