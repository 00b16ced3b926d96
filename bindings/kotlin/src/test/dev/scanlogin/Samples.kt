package dev.scanlogin

import android.net.ConnectivityManager
import dev.scanlogin.samples.ApprovalViewModel
import dev.scanlogin.samples.FakeForJava
import dev.scanlogin.samples.FakeScanLogin
import dev.scanlogin.samples.JavaApproval
import dev.scanlogin.samples.Next
import dev.scanlogin.samples.Session
import dev.scanlogin.samples.client
import dev.scanlogin.samples.next
import dev.scanlogin.samples.onCreate
import dev.scanlogin.samples.watchNetwork
import java.util.concurrent.Executors
import java.util.concurrent.LinkedBlockingQueue
import java.util.concurrent.TimeUnit
import kotlin.test.assertEquals
import kotlin.test.assertIs
import kotlin.test.assertTrue
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.awaitCancellation
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.first

/** Its logins are there to be looked at, and what [failure] says happens once. */
private class Scanned : ScanLogin by FakeScanLogin() {
    val code = LoginCode("pool")
    val logins = MutableStateFlow(listOf<Login>())
    var failure: ScanLoginException? = null
    var gate: CompletableDeferred<Unit>? = null

    private fun failOnce() {
        throw failure.also { failure = null } ?: return
    }

    override suspend fun scanned(code: LoginCode): PendingLogin {
        gate?.await() ?: failOnce()
        return Login(code).also { logins.value += it }
    }

    inner class Login(override val code: LoginCode) : PendingLogin {
        override val progress = MutableStateFlow(LoginProgress(LoginState.SCANNED, null))
        override val currentProgress get() = progress.value
        val refreshes = MutableStateFlow(0)
        var refreshFailure: ScanLoginException? = null
        var confirms = 0

        override suspend fun refresh(): LoginState {
            refreshes.value++
            throw refreshFailure ?: return state
        }

        override suspend fun confirm() {
            confirms++
            failOnce()
            progress.value = LoginProgress(LoginState.CONFIRMED, null)
        }

        override suspend fun cancel() = error("not called")
    }
}

fun Tests.samples() {
    test("the view model of the samples approves, against a server") {
        Server().use { server ->
            val random = server.makeCode()
            val model = ApprovalViewModel(server.client())
            model.onImage(server.jpeg(random))
            model.progress.first { it?.state == LoginState.SCANNED }
            model.onApprove()
            model.progress.first { it?.state == LoginState.CONFIRMED }
            assertEquals("Confirmed", server.status(random))
        }
    }

    test("the view model of the samples tries again when the outcome is not known, with a fake client") {
        val fake = FakeScanLogin().apply { losesAnswer = true }
        val model = ApprovalViewModel(fake)
        model.onCode(fake.readText("any"))
        model.progress.first { it?.state == LoginState.SCANNED }
        model.onApprove()
        val unknown = assertIs<ScanLoginException.OutcomeUnknown>(model.problem.first { it != null })
        assertEquals(Next.TRY_AGAIN to true, next(unknown) to unknown.isRetryable)
        model.onTryAgain()
        model.progress.first { it?.state == LoginState.CONFIRMED }
        model.problem.first { it == null }
    }

    test("the view model of the samples shows the latest login, and no other") {
        val scanned = Scanned()
        val model = ApprovalViewModel(scanned)
        repeat(2) {
            model.onCode(scanned.code)
            scanned.logins.first { logins -> logins.size == it + 1 }.last().progress.subscriptionCount.first { it == 1 }
        }
        val (first, second) = scanned.logins.value
        model.onApprove()
        model.progress.first { it?.state == LoginState.CONFIRMED }
        first.progress.subscriptionCount.first { it == 0 }
        assertEquals(0 to 1, first.confirms to second.confirms)
    }

    test("coming back to the front leaves what the view model of the samples tries again") {
        val scanned = Scanned()
        val model = ApprovalViewModel(scanned)
        val offline = ScanLoginException.Network(NetworkFailure.OFFLINE)
        scanned.failure = offline
        model.onCode(scanned.code)
        model.problem.first { it == offline }
        model.onResume()
        model.onTryAgain()
        val login = scanned.logins.first { it.isNotEmpty() }.single()
        model.problem.first { it == null }

        val unknown = ScanLoginException.OutcomeUnknown(Decision.CONFIRM)
        scanned.failure = unknown
        model.onApprove()
        model.problem.first { it == unknown }
        login.refreshFailure = offline
        model.onResume()
        login.refreshes.first { it == 1 }
        assertEquals<Any?>(unknown, model.problem.value)
        model.onTryAgain()
        model.progress.first { it?.state == LoginState.CONFIRMED }
        assertEquals(2, login.confirms)
    }

    test("coming back to the front ends a problem of the view model of the samples that is none any more") {
        val scanned = Scanned()
        val model = ApprovalViewModel(scanned)
        model.onCode(scanned.code)
        val login = scanned.logins.first { it.isNotEmpty() }.single()
        login.progress.subscriptionCount.first { it == 1 }
        scanned.failure = ScanLoginException.OutcomeUnknown(Decision.CONFIRM)
        model.onApprove()
        model.problem.first { it != null }
        model.onResume()
        model.problem.first { it == null }
    }

    test("the view model of the samples tries a decision again on its own login") {
        val scanned = Scanned()
        val model = ApprovalViewModel(scanned)
        model.onCode(scanned.code)
        val first = scanned.logins.first { it.isNotEmpty() }.single()
        first.progress.subscriptionCount.first { it == 1 }
        scanned.failure = ScanLoginException.OutcomeUnknown(Decision.CONFIRM)
        scanned.gate = CompletableDeferred()
        model.onCode(scanned.code)
        model.onApprove()
        model.problem.first { it != null }
        scanned.gate!!.complete(Unit)
        val second = scanned.logins.first { it.size == 2 }.last()
        second.progress.subscriptionCount.first { it == 1 }
        model.onTryAgain()
        first.progress.first { it.state == LoginState.CONFIRMED }
        assertEquals(2 to 0, first.confirms to second.confirms)
    }

    test("the samples for a process run") {
        val lines = LinkedBlockingQueue<String>()
        onCreate { lines += it }
        assertIs<ScanLoginException.NotALoginCode>(runCatching { client(Session("t", "u")).readText("") }.exceptionOrNull())
        Server().use { server ->
            val scanLogin = server.client()
            scanLogin.scanned(scanLogin.readText(server.text(server.makeCode()))).confirm()
            assertTrue("decision" in lines.poll(10, TimeUnit.SECONDS)!!)
            ConnectivityManager().also { watchNetwork(it, scanLogin) }.networkHasChanged()
            scanLogin.warmUp()
        }
        ScanLogin.setLogSink(null)
    }

    test("the sample in Java approves, and says why it cannot") {
        Server().use { server ->
            val shown = LinkedBlockingQueue<String>()
            val executor = Executors.newSingleThreadExecutor()
            val app = JavaApproval(server.config(), server.issueToken("user-alice"), "user-alice", executor)
            val random = server.makeCode()
            app.approve(server.jpeg(random)) { shown += it }
            assertEquals("CONFIRMED", shown.poll(20, TimeUnit.SECONDS))
            assertEquals("Confirmed", server.status(random))
            app.approve(ByteArray(3)) { shown += it }
            assertTrue(shown.poll(20, TimeUnit.SECONDS)!!.isNotEmpty())
            assertEquals("NOT_JSON: this is not a login code: it is not JSON (not_a_login_code)", app.problemOf("no code"))
            assertEquals("wrong_user_pool", app.problemOf(server.text(server.makeCode()).replace(server.pool, "another")))
            assertIs<ScanLoginException.Config>(runCatching { JavaApproval(ScanLoginConfig("a", "p", "x"), "t", "u", executor) }.exceptionOrNull())
            JavaApproval.config()

            // A callback that throws ends its thread, and no later call.
            val calls = ScanLoginCalls(server.client()) { task -> Thread(task).apply { setUncaughtExceptionHandler { _, _ -> } }.start() }
            calls.warmUp({ throw IllegalStateException() }, {})
            calls.warmUp({ shown += "warm" }, { shown += "$it" })
            assertEquals("warm", shown.poll(20, TimeUnit.SECONDS))
            executor.shutdown()
        }
    }

    test("the samples in Java follow a login to its end, and look at a frame") {
        Server().use { server ->
            val shown = LinkedBlockingQueue<String>()
            val app = JavaApproval(server.config(), server.issueToken("user-alice"), "user-alice") { it.run() }
            val client = server.client()
            val login = client.scanned(client.readText(server.text(server.makeCode())))
            app.follow(login) { shown += it }
            assertTrue(shown.poll(20, TimeUnit.SECONDS)!!.startsWith("SCANNED, 1"))
            login.confirm()
            generateSequence { shown.poll(20, TimeUnit.SECONDS)!! }.first { it == "over" }
            app.follow(login) { shown += it }.cancel()

            val plane = direct(server.plane(server.makeCode()))
            assertEquals(server.pool, JavaApproval.codeIn(client.frameScanner(), CameraFrame(plane, WIDTH, HEIGHT, ROW_STRIDE))?.userPoolId)
        }
    }

    test("the fake client in Java approves, and calls of one that throws what it should not call back, too") {
        val shown = LinkedBlockingQueue<String>()
        val fake = FakeForJava()
        val calls = ScanLoginCalls(fake) { it.run() }
        val failed = ScanLoginCalls.OnFailure { shown += it.message }
        calls.readImage(ByteArray(0), { calls.scanned(it, { login -> calls.confirm(login, { shown += "${it.state}" }, failed) }, failed) }, failed)
        assertEquals("CONFIRMED", shown.poll(20, TimeUnit.SECONDS))

        for (thrown in listOf(IllegalStateException("not set up"), NotImplementedError("not set up"), CancellationException("not set up"))) {
            val wrong = object : ScanLogin by fake {
                override suspend fun warmUp() = throw thrown
            }
            ScanLoginCalls(wrong) { it.run() }.warmUp({}, failed)
            assertTrue("not set up (internal)" in shown.poll(20, TimeUnit.SECONDS)!!)
        }
        val waiting = object : ScanLogin by fake {
            override suspend fun warmUp() = awaitCancellation()
        }
        ScanLoginCalls(waiting) { it.run() }.apply { warmUp({}, failed).cancel() }
        assertEquals(null, shown.poll())
    }
}
