package dev.scanlogin

import android.net.ConnectivityManager
import dev.scanlogin.samples.ApprovalViewModel
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
import kotlinx.coroutines.flow.first

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
        assertEquals(Next.TRY_AGAIN, next(assertIs<ScanLoginException.OutcomeUnknown>(model.problem.first { it != null })))
        model.onTryAgain()
        model.progress.first { it?.state == LoginState.CONFIRMED }
        model.problem.first { it == null }
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
            val app = JavaApproval(server.config(), server.issueToken("user-alice"), executor)
            val random = server.makeCode()
            app.approve(server.jpeg(random)) { shown += it }
            assertEquals("CONFIRMED", shown.poll(20, TimeUnit.SECONDS))
            assertEquals("Confirmed", server.status(random))
            app.approve(ByteArray(3)) { shown += it }
            assertTrue(shown.poll(20, TimeUnit.SECONDS)!!.isNotEmpty())
            assertEquals("NOT_JSON: this is not a login code: it is not JSON (not_a_login_code)", app.problemOf("no code"))
            assertEquals("wrong_user_pool", app.problemOf(server.text(server.makeCode()).replace(server.pool, "another")))
            assertIs<ScanLoginException.Config>(runCatching { JavaApproval(ScanLoginConfig("a", "p", "x"), "t", executor) }.exceptionOrNull())
            JavaApproval.config()

            // A callback that throws ends its thread, and no later call.
            val calls = ScanLoginCalls(server.client()) { task -> Thread(task).apply { setUncaughtExceptionHandler { _, _ -> } }.start() }
            calls.warmUp({ throw IllegalStateException() }, {})
            calls.warmUp({ shown += "warm" }, { shown += "$it" })
            assertEquals("warm", shown.poll(20, TimeUnit.SECONDS))
            executor.shutdown()
        }
    }
}
