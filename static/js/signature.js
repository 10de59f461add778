// A drawn signature beside the typed one: the picture travels as PNG in a hidden field. Without a script the typed name stands alone.
"use strict";

function putUp() {
  for (const box of document.querySelectorAll("[data-signature-pad]")) {
    const canvas = box.querySelector("canvas");
    const field = box.closest("form").elements.namedItem("signature_drawn");
    const pen = canvas.getContext("2d");
    let drawing = false;

    const place = (event) => {
      const frame = canvas.getBoundingClientRect();
      return [
        ((event.clientX - frame.left) * canvas.width) / frame.width,
        ((event.clientY - frame.top) * canvas.height) / frame.height,
      ];
    };
    const clear = () => {
      pen.clearRect(0, 0, canvas.width, canvas.height);
      field.value = "";
    };

    box.hidden = false;
    pen.lineWidth = 5;
    pen.lineCap = pen.lineJoin = "round";
    pen.strokeStyle = "#000";
    canvas.addEventListener("pointerdown", (event) => {
      drawing = true;
      canvas.setPointerCapture(event.pointerId);
      pen.beginPath();
      pen.moveTo(...place(event));
    });
    canvas.addEventListener("pointermove", (event) => {
      if (!drawing) return;
      pen.lineTo(...place(event));
      pen.stroke();
    });
    for (const end of ["pointerup", "pointercancel"]) {
      canvas.addEventListener(end, () => {
        if (drawing) field.value = canvas.toDataURL("image/png");
        drawing = false;
      });
    }
    box.querySelector("[data-signature-clear]").addEventListener("click", clear);

    // After a refusal the page comes back with what was drawn.
    if (field.value.startsWith("data:image/png;base64,")) {
      const kept = new Image();
      kept.addEventListener("load", () => pen.drawImage(kept, 0, 0));
      kept.src = field.value;
    }
  }
}
putUp();
document.addEventListener("page:anew", putUp);
