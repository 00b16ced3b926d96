package com.example.approve.model

import dev.scanlogin.Decision
import dev.scanlogin.FrameResult
import dev.scanlogin.LoginProgress
import dev.scanlogin.LoginState
import dev.scanlogin.NetworkFailure
import dev.scanlogin.ScanLoginException
import kotlin.test.Test
import kotlin.test.assertEquals
import kotlin.test.assertIs
import kotlin.test.assertTrue
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.Dispatchers

class ApprovalModelTest {
    private val scanLogin = FakeScanLogin()
    private val model = ApprovalModel(scanLogin, Dispatchers.Unconfined)
    private val found = FrameResult.Found(scanLogin.login.code, emptyList())
    private val offline = ScanLoginException.Network(NetworkFailure.OFFLINE)
    private val unknown = ScanLoginException.OutcomeUnknown(Decision.CONFIRM)
    private val deciding get() = assertIs<Screen.Deciding>(model.screen.value)

    @Test
    fun `a code that is found is opened once, and the user is asked`() {
        model.onFrame(found)
        model.onFrame(found)
        assertEquals(listOf("scanned"), scanLogin.calls)
        assertEquals(Screen.Deciding("device: Chrome", 120, mayDecide = true, isBusy = false, error = null), deciding)
    }

    @Test
    fun `agreeing signs the page in, and declining does not`() {
        for ((decide, ending) in listOf(ApprovalModel::onAgree to Ending.CONFIRMED, ApprovalModel::onDecline to Ending.CANCELLED)) {
            val model = ApprovalModel(FakeScanLogin(), Dispatchers.Unconfined)
            model.onFrame(found)
            decide(model)
            assertEquals(Screen.Ended(ending), model.screen.value)
        }
    }

    @Test
    fun `while a decision is on its way, nothing else can be decided`() {
        model.onFrame(found)
        scanLogin.gate = CompletableDeferred()
        model.onAgree()
        model.onDecline()
        model.onAgree()
        model.onScanAgain()
        assertEquals(listOf("scanned", "confirm"), scanLogin.calls)
        assertTrue(deciding.isBusy && !deciding.mayDecide)
        scanLogin.gate?.complete(Unit)
        assertEquals(Screen.Ended(Ending.CONFIRMED), model.screen.value)
    }

    @Test
    fun `a code that could not be opened is opened again`() {
        scanLogin.failures += offline
        model.onFrame(found)
        assertEquals(Screen.Failed(offline), model.screen.value)
        model.onTryAgain()
        assertEquals(listOf("scanned", "scanned"), scanLogin.calls)
        assertTrue(deciding.mayDecide)
    }

    @Test
    fun `a decision that did not get through can be made again, or the other one`() {
        model.onFrame(found)
        scanLogin.failures += offline
        model.onAgree()
        assertEquals(offline, deciding.error)
        assertTrue(deciding.mayDecide)
        model.onDecline()
        assertEquals(Screen.Ended(Ending.CANCELLED), model.screen.value)
        assertEquals(listOf("scanned", "confirm", "cancel"), scanLogin.calls)
    }

    @Test
    fun `a decision with an unknown outcome is made again on the same login, and no other`() {
        loseAnswer()
        assertTrue(!deciding.mayDecide)
        model.onDecline()
        model.onTryAgain()
        assertEquals(listOf("scanned", "confirm", "confirm"), scanLogin.calls)
        assertEquals(Screen.Ended(Ending.CONFIRMED), model.screen.value)
    }

    @Test
    fun `coming back to the front asks what became of a decision`() {
        for ((state, screen) in listOf(
            LoginState.CONFIRMED to Screen.Ended(Ending.CONFIRMED),
            LoginState.SCANNED to Screen.Deciding("device: Chrome", 120, mayDecide = true, isBusy = false, error = null),
            LoginState.OUTCOME_UNKNOWN to Screen.Deciding("device: Chrome", 120, mayDecide = false, isBusy = false, error = unknown),
        )) {
            val test = ApprovalModelTest()
            test.loseAnswer()
            test.scanLogin.login.reach(state)
            test.model.onForeground()
            assertEquals("refresh", test.scanLogin.calls.last())
            assertEquals(screen.toString(), test.model.screen.value.toString().replace(test.unknown.toString(), unknown.toString()))
        }
    }

    @Test
    fun `asking that fails changes nothing, and is not what trying again does`() {
        loseAnswer()
        val before = model.screen.value
        scanLogin.failures += offline
        model.onForeground()
        assertEquals(before, model.screen.value)
        model.onTryAgain()
        assertEquals("confirm", scanLogin.calls.last())
    }

    @Test
    fun `the screen follows the login`() {
        model.onFrame(found)
        scanLogin.login.progress.value = LoginProgress(LoginState.SCANNED, 7)
        assertEquals(7, deciding.remainingSeconds)
        scanLogin.login.progress.value = LoginProgress(LoginState.EXPIRED, 0)
        assertEquals(Screen.Ended(Ending.EXPIRED), model.screen.value)
        model.onScanAgain()
        assertEquals(Screen.Scanning, model.screen.value)
    }

    @Test
    fun `a picture without a code leads back to the camera`() {
        val noCode = ScanLoginException.NoCode()
        model.onPicture { throw noCode }
        assertEquals(Screen.Failed(noCode), model.screen.value)
        assertEquals(Next.SCAN_AGAIN, next(noCode))
        model.onScanAgain()
        model.onPicture { it.readImage(ByteArray(0)) }
        assertTrue(deciding.mayDecide)
    }

    @Test
    fun `all that may be tried again is offered so`() {
        assertEquals(listOf(Next.TRY_AGAIN, Next.TRY_AGAIN, Next.TRY_AGAIN), listOf(offline, unknown, ScanLoginException.TokenFailed("")).map(::next))
    }

    private fun loseAnswer() {
        model.onFrame(found)
        scanLogin.failures += unknown
        model.onAgree()
        scanLogin.login.reach(LoginState.OUTCOME_UNKNOWN)
    }
}
