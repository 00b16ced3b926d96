package com.example.approve.model

import dev.scanlogin.FrameResult
import dev.scanlogin.ImagePoint
import dev.scanlogin.LoginCode
import dev.scanlogin.ScanLoginException
import kotlin.test.Test
import kotlin.test.assertEquals

class SightTest {
    private val corners = listOf(ImagePoint(1f, 2f))
    private val refusal = ScanLoginException.WrongUserPool("other")

    private fun Sight.after(result: FrameResult, times: Int): Sight = (1..times).fold(this) { sight, _ -> sight.after(result) }

    @Test
    fun `each kind of frame has its hint`() {
        val hints = listOf(
            FrameResult.CodeSeenButUnread(corners) to Hint.UNREAD,
            FrameResult.TooSmall(corners) to Hint.MOVE_CLOSER,
            FrameResult.Blurred(corners) to Hint.HOLD_STILL,
            FrameResult.TooDark to Hint.MORE_LIGHT,
            FrameResult.NothingSeen to Hint.AIM,
        )
        for ((result, hint) in hints) assertEquals(hint, Sight().after(result, 6).hint)
    }

    @Test
    fun `what is found or refused is said at once, and its corners are shown`() {
        assertEquals(Sight(Hint.FOUND, corners = corners), Sight().after(FrameResult.Found(LoginCode("pool"), corners)))
        assertEquals(refusal, Sight().after(FrameResult.Refused(refusal)).refusal)
    }

    @Test
    fun `a hint waits until several frames in a row give it`() {
        val blurred = Sight().after(FrameResult.Blurred(corners), 5)
        assertEquals(Hint.AIM, blurred.hint)
        assertEquals(corners, blurred.corners)
        assertEquals(Hint.AIM, blurred.after(FrameResult.TooDark).after(FrameResult.Blurred(corners)).hint)
        assertEquals(Hint.HOLD_STILL, blurred.after(FrameResult.Blurred(corners)).hint)
    }

    @Test
    fun `a refusal stays while its code is in view`() {
        val refused = Sight().after(FrameResult.Refused(refusal)).after(FrameResult.StillInView, 20).after(FrameResult.NothingSeen, 5)
        assertEquals(refusal, refused.refusal)
        assertEquals(null, refused.after(FrameResult.NothingSeen).refusal)
    }
}
