package dev.scanlogin

import java.net.URI
import java.net.URLEncoder
import java.net.http.HttpClient
import java.net.http.HttpRequest
import java.net.http.HttpResponse
import kotlin.time.Duration.Companion.milliseconds

/** A stand-in server of its own, in a process of its own. */
class Server : AutoCloseable {
    private val process = ProcessBuilder(System.getProperty("genauth"), "--port", "0", "--until-stdin-ends")
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start()
    private val http = HttpClient.newHttpClient()
    val url: String
    val appId: String
    val pool: String

    init {
        val output = process.inputStream.bufferedReader()
        fun line(name: String) = output.readLine().removePrefix("$name: ")
        url = line("address")
        appId = line("app id")
        pool = line("user pool id")
    }

    /** A fresh code's random. */
    fun makeCode(pool: String = this.pool, customData: String = "{}"): String =
        post("codes?pool=$pool&custom_data=${encoded(customData)}")

    fun text(random: String): String = String(get("/_genauth/codes/$random/text"))
    fun png(random: String): ByteArray = get("/qrcode/$pool/$random.png")
    fun jpeg(random: String): ByteArray = get("/_genauth/codes/$random/jpeg")
    fun plane(random: String): ByteArray = get("/_genauth/codes/$random/plane")
    fun status(random: String): String = String(get("/_genauth/codes/$random/status"))
    fun decisions(random: String): Int = String(get("/_genauth/codes/$random/decisions")).toInt()
    fun issueToken(user: String): String = post("tokens?user=$user")
    fun requests(holding: String = ""): Int = String(get("/_genauth/requests?holding=$holding")).toInt()
    fun setClock(offsetSeconds: Long) { post("clock?offset_seconds=$offsetSeconds") }

    /** The next request whose path ends with [on] goes wrong. */
    fun fault(kind: String, on: String, times: Int = 1, afterEffect: Boolean = false, millis: Long = 0, body: String = "") {
        post("faults?kind=$kind&on=$on&times=$times&after_effect=$afterEffect&millis=$millis&body=${encoded(body)}")
    }

    fun clearFaults() {
        send(HttpRequest.newBuilder(URI("$url/_genauth/faults")).DELETE())
    }

    /** Waits until a request that holds this was made. */
    fun awaitRequest(holding: String) {
        while (requests(holding) == 0) Thread.onSpinWait()
    }

    fun client(user: String = "user-alice", timeoutMillis: Long = 6000): ScanLogin =
        client(Tokens(issueToken(user), user), timeoutMillis)

    fun client(tokens: TokenProvider, timeoutMillis: Long = 6000): ScanLogin = ScanLoginClient(config(timeoutMillis), tokens)

    fun config(timeoutMillis: Long = 6000) = ScanLoginConfig(appId, pool, url) {
        timeout = timeoutMillis.milliseconds
        allowInsecureLoopback = true
    }

    override fun close() {
        process.destroy()
        process.waitFor()
    }

    private fun get(path: String) = send(HttpRequest.newBuilder(URI(url + path)))

    private fun post(path: String) =
        String(send(HttpRequest.newBuilder(URI("$url/_genauth/$path")).POST(HttpRequest.BodyPublishers.noBody())))

    private fun send(request: HttpRequest.Builder): ByteArray {
        val answer = http.send(request.build(), HttpResponse.BodyHandlers.ofByteArray())
        check(answer.statusCode() == 200) { "${answer.request().uri()} answered ${answer.statusCode()}" }
        return answer.body()
    }

    private fun encoded(text: String) = URLEncoder.encode(text, Charsets.UTF_8)
}

/** The app's own session, as tests need it. */
class Tokens(var token: String, private val userId: String, private val fresh: () -> String? = { null }) : TokenProvider {
    var refreshes: Int = 0

    override suspend fun token(refresh: Boolean): UserToken? {
        if (refresh) {
            refreshes++
            token = fresh() ?: return null
        }
        return UserToken(token, userId)
    }
}
