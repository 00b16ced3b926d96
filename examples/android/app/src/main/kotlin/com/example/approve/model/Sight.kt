package com.example.approve.model

import dev.scanlogin.FrameResult
import dev.scanlogin.ImagePoint
import dev.scanlogin.ScanLoginException

/** What the user is told while the camera looks. */
enum class Hint { AIM, UNREAD, MOVE_CLOSER, HOLD_STILL, MORE_LIGHT, FOUND }

/**
 * What the camera saw last, for the screen.
 *
 * @property refusal why the code in view cannot be used, shown in place of the hint
 * @property corners those of the code that was seen, in pixels of the camera's frame
 */
data class Sight(
    val hint: Hint = Hint.AIM,
    val refusal: ScanLoginException? = null,
    val corners: List<ImagePoint> = emptyList(),
    private val seen: Hint = hint,
    private val frames: Int = 0,
) {
    fun after(result: FrameResult): Sight = when (result) {
        is FrameResult.Found -> Sight(Hint.FOUND, corners = result.corners)
        is FrameResult.Refused -> Sight(refusal = result.error)
        // What was said about it still holds.
        FrameResult.StillInView -> copy(frames = 0)
        is FrameResult.CodeSeenButUnread -> after(Hint.UNREAD, result.corners)
        is FrameResult.TooSmall -> after(Hint.MOVE_CLOSER, result.corners)
        is FrameResult.Blurred -> after(Hint.HOLD_STILL, result.corners)
        FrameResult.TooDark -> after(Hint.MORE_LIGHT)
        FrameResult.NothingSeen -> after(Hint.AIM)
    }

    /** Frames differ from one to the next. A hint is shown once several in a row give it, so that it can be read, and spoken. */
    private fun after(now: Hint, corners: List<ImagePoint> = emptyList()): Sight {
        val frames = if (now == seen) frames + 1 else 1
        return if (frames >= STEADY_FRAMES) Sight(now, corners = corners, frames = frames) else copy(corners = corners, seen = now, frames = frames)
    }
}

private const val STEADY_FRAMES = 6
