"""What people read for the codes of rules, drafts and trials. Pure."""

from __future__ import annotations

from shared.sentences import sentence

STATES = {
    "draft": sentence("Konsep"),
    "proposed": sentence("Diusulkan"),
    "refused": sentence("Ditolak"),
    "activated": sentence("Disetujui"),
    "withdrawn": sentence("Dibuang"),
}
CHIPS = {"draft": "open", "proposed": "triage", "refused": "closed", "activated": "answered", "withdrawn": "closed"}
ACTS = {
    "rules.draft": sentence("Konsep dibuat"),
    "rules.edit": sentence("Berkas diubah"),
    "rules.propose": sentence("Diusulkan"),
    "rules.refuse": sentence("Ditolak"),
    "rules.approve": sentence("Disetujui dan berlaku"),
    "rules.take_back": sentence("Ditarik kembali untuk diubah"),
    "rules.withdraw": sentence("Dibuang"),
    "rules.rebase": sentence("Disesuaikan dengan aturan yang berlaku"),
}
TOUCHES = {"changed": sentence("diubah"), "added": sentence("baru"), "removed": sentence("dihapus")}
WEIGHTS = {
    8: sentence("Menentukan (8): hampir selalu urusan instansi ini"),
    5: sentence("Pasti (5): cukup untuk memberi tahu instansi ini juga"),
    3: sentence("Biasa (3): cukup sendirian bila tidak ada calon lain"),
    1: sentence("Lemah (1): hanya petunjuk tambahan"),
}
USUAL_WEIGHT = 5
VERDICTS = {
    "contradicts": sentence("Bertentangan dengan keputusan petugas"),
    "agrees": sentence("Sesuai dengan keputusan petugas"),
    "neither": sentence("Petugas memilih yang lain"),
    "": sentence("Belum diputuskan petugas"),
}
PARTS = {
    "phrase": sentence("frasa"),
    "pattern": sentence("pola"),
    "rule": sentence("aturan"),
    "not": sentence("kecuali"),
    "also": sentence("beri tahu juga"),
    "when": sentence("syarat"),
    "urgent": sentence("mendesak"),
    "emergency": sentence("darurat"),
    "priority": sentence("prioritas"),
    "bias": sentence("nilai awal"),
    "settings": sentence("pengaturan"),
    "thanks": sentence("ucapan terima kasih"),
    "idiom": sentence("ungkapan"),
    "word": sentence("ejaan"),
}
"""What is different in a rule, by the first word of what the router calls it."""
PLACES = {"general": sentence("Untuk semua aturan"), "spellings": sentence("Ejaan")}
TRIAGE = sentence("Triase (petugas)")
OTHERS = sentence("Lainnya")
AWAY = sentence("Layanan aturan sedang tidak menjawab. Isian Anda masih ada di halaman ini; coba lagi sebentar lagi.")
SAID_NO = {
    "draft_changed": sentence("Orang lain mengubah konsep ini sejak Anda membukanya. Tidak ada yang ditimpa."),
    "wrong_state": sentence("Keadaan konsep ini sudah berubah, sehingga tindakan ini tidak dapat dilakukan lagi."),
    "own_proposal": sentence("Usulan Anda sendiri harus diperiksa orang lain."),
    "not_yours": sentence("Hanya pembuatnya yang dapat melakukan ini."),
    "not_as_expected": sentence(
        "Aturan yang berlaku sudah berganti sejak konsep ini dibuat. Sesuaikan dulu dengan aturan yang berlaku."
    ),
    "take_back_first": sentence("Ada berkas yang diubah di kedua pihak. Tarik dulu usulan ini, lalu sesuaikan."),
    "unsettled": sentence("Masih ada berkas yang belum Anda putuskan."),
    "nothing_changed": sentence("Tidak ada yang berbeda dari aturan yang berlaku."),
    "rules_have_mistakes": sentence("Aturan ini masih mengandung kesalahan. Aturan yang lama tetap berlaku."),
    "rules": sentence("Aturan ini masih mengandung kesalahan. Aturan yang lama tetap berlaku."),
    "rules_too_large": sentence("Aturan menjadi terlalu besar: paling banyak 500 berkas dan 1,5 juta huruf."),
    "request_entity_too_large": sentence("Kiriman terlalu besar."),
    "bad_file_name": sentence("Nama berkas tidak dapat dipakai. Contoh yang benar: rules/taman.yaml"),
    "unstorable_text": sentence("Teks memuat tanda yang tidak dapat disimpan (misalnya tanda nol)."),
    "bad_reason": sentence("Tulis alasan singkat (paling panjang 500 huruf). Alasan ini dicatat."),
    "remark_too_long": sentence("Catatan paling panjang 500 huruf."),
    "bad_title": sentence("Beri nama singkat untuk perubahan ini (paling panjang 120 huruf)."),
    "bad_phrase": sentence("Tulis frasanya: satu sampai beberapa kata, paling panjang 100 huruf."),
    "bad_weight": sentence("Pilih bobotnya."),
    "unknown_rule": sentence("Aturan yang dipilih tidak ada lagi dalam konsep ini."),
    "unknown_place": sentence("Tempat ini tidak ada di kota ini."),
    "cannot_insert": sentence(
        "Berkas aturan ini ditulis dengan cara yang tidak dapat diubah lewat formulir. Ubah langsung di berkasnya."
    ),
    "unknown_draft": sentence("Konsep ini tidak ada."),
    "unknown_ruleset": sentence("Versi aturan ini tidak ada."),
    "no_rules": sentence("Belum ada aturan yang berlaku."),
}


def say_no(code: str, told: str) -> str:
    """Why the router said no."""
    return SAID_NO.get(code) or sentence("Layanan aturan menolak: %(told)s", told=told[:300])


def destination(code: str) -> str:
    """Where a complaint goes: an agency's code, a person, or the rest."""
    if code == "triage":
        return TRIAGE
    if code == "others":
        return OTHERS
    agency, emergency, _ = code.partition(" (emergency)")
    return sentence("%(agency)s, darurat", agency=agency) if emergency else agency
