package com.example.approve

import android.app.Activity
import android.view.View
import android.widget.Button
import android.widget.TextView
import com.example.approve.model.ApprovalModel
import com.example.approve.model.Ending
import com.example.approve.model.Hint
import com.example.approve.model.Next
import com.example.approve.model.PreviewMapping
import com.example.approve.model.Screen
import com.example.approve.model.Sight
import com.example.approve.model.clock
import com.example.approve.model.isSpoken
import com.example.approve.model.next
import dev.scanlogin.ScanLoginException

/** Whether the camera can be used, and if not, what the user can do about it. */
enum class CameraAccess { ALLOWED, NOT_ALLOWED, DENIED_FOR_EVER, NONE }

/** Puts the state into the views of layout/scan.xml. Texts that did not change are left alone, so that they are spoken once. */
class ScanView(private val activity: Activity, model: ApprovalModel, private val onNext: (Next) -> Unit) {
    private val scanning: View = find(R.id.scanning)
    private val preview: View = find(R.id.preview)
    private val corners: CornersView = find(R.id.corners)
    private val hint: TextView = find(R.id.hint)
    private val allow: Button = find(R.id.allow)
    private val answer: View = find(R.id.answer)
    private val title: TextView = find(R.id.title)
    private val question: View = find(R.id.question)
    private val claim: TextView = find(R.id.claim)
    private val countdown: TextView = find(R.id.countdown)
    private val decline: Button = find(R.id.decline)
    private val agree: Button = find(R.id.agree)
    private val busy: View = find(R.id.busy)
    private val problem: TextView = find(R.id.problem)
    private val next: Button = find(R.id.next)
    private var access = CameraAccess.ALLOWED

    init {
        decline.setOnClickListener { model.onDecline() }
        agree.setOnClickListener { model.onAgree() }
    }

    fun show(sight: Sight, mapping: PreviewMapping?) {
        if (mapping != null) corners.show(sight.corners, mapping)
        if (access == CameraAccess.ALLOWED) hint.say(sight.refusal?.userText() ?: text(sight.hint))
    }

    fun show(screen: Screen, access: CameraAccess) {
        scanning.isPresent = screen == Screen.Scanning
        answer.isPresent = screen != Screen.Scanning
        question.isPresent = screen is Screen.Deciding
        busy.isPresent = screen == Screen.Opening || screen is Screen.Deciding && screen.isBusy
        when (screen) {
            Screen.Scanning -> show(access)
            Screen.Opening -> say(text(R.string.busy))
            is Screen.Failed -> say(text(R.string.failed), screen.error)
            is Screen.Deciding -> show(screen)
            is Screen.Ended -> say(text(screen.ending), goOn = if (screen.ending == Ending.CONFIRMED) Next.CLOSE else Next.SCAN_AGAIN)
        }
    }

    private fun show(access: CameraAccess) {
        val text = when (access) {
            // What the camera sees says it.
            CameraAccess.ALLOWED -> if (this.access == access) null else R.string.hint_aim
            CameraAccess.NOT_ALLOWED -> R.string.ask_for_camera
            CameraAccess.DENIED_FOR_EVER -> R.string.camera_denied
            CameraAccess.NONE -> R.string.no_camera
        }
        this.access = access
        if (text != null) hint.say(text(text))
        // Not gone: the preview needs its surface to start.
        preview.visibility = if (access == CameraAccess.ALLOWED) View.VISIBLE else View.INVISIBLE
        allow.isPresent = access == CameraAccess.NOT_ALLOWED || access == CameraAccess.DENIED_FOR_EVER
        allow.text = text(if (access == CameraAccess.DENIED_FOR_EVER) R.string.settings else R.string.allow)
    }

    private fun show(screen: Screen.Deciding) {
        say(text(R.string.ask), screen.error)
        claim.isPresent = screen.claim != null
        claim.text = activity.getString(R.string.claim, screen.claim)
        agree.isEnabled = screen.mayDecide
        decline.isEnabled = screen.mayDecide
        val seconds = screen.remainingSeconds
        countdown.isPresent = seconds != null
        if (seconds == null) return
        val spoken = activity.resources.getQuantityString(R.plurals.seconds_left, seconds.toInt(), seconds.toInt())
        val isNew = countdown.contentDescription != spoken
        countdown.text = activity.getString(R.string.countdown, clock(seconds))
        countdown.contentDescription = spoken
        @Suppress("DEPRECATION") // A live region would speak every second.
        if (isNew && isSpoken(seconds)) countdown.announceForAccessibility(spoken)
    }

    private fun say(what: String, error: ScanLoginException? = null, goOn: Next? = error?.let(::next)) {
        title.say(what)
        problem.isPresent = error != null
        problem.say(error?.userText().orEmpty())
        next.isPresent = goOn != null
        if (goOn == null) return
        next.text = text(goOn)
        next.setOnClickListener { onNext(goOn) }
    }

    private fun text(id: Int): String = activity.getString(id)

    private fun TextView.say(what: String) {
        if (text.toString() != what) text = what
    }

    private var View.isPresent: Boolean
        get() = visibility == View.VISIBLE
        set(value) {
            visibility = if (value) View.VISIBLE else View.GONE
        }

    @Suppress("UNCHECKED_CAST") // From Android 8 on it is generic; this compiles with both.
    private fun <T : View> find(id: Int): T = activity.findViewById(id) as T

    private fun text(hint: Hint): String = text(
        when (hint) {
            Hint.AIM -> R.string.hint_aim
            Hint.UNREAD -> R.string.hint_unread
            Hint.MOVE_CLOSER -> R.string.hint_closer
            Hint.HOLD_STILL -> R.string.hint_still
            Hint.MORE_LIGHT -> R.string.hint_dark
            Hint.FOUND -> R.string.hint_found
        }
    )

    private fun text(ending: Ending): String = text(
        when (ending) {
            Ending.CONFIRMED -> R.string.confirmed
            Ending.CANCELLED -> R.string.cancelled
            Ending.EXPIRED -> R.string.expired
            Ending.TAKEN -> R.string.taken
        }
    )

    private fun text(next: Next): String = text(
        when (next) {
            Next.TRY_AGAIN -> R.string.next_try_again
            Next.SCAN_AGAIN -> R.string.next_scan_again
            Next.SIGN_IN -> R.string.next_sign_in
            Next.VERIFY -> R.string.next_verify
            Next.CLOSE -> R.string.next_close
        }
    )
}
