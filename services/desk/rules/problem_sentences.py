"""The sentences of the router's lint, each with its translation. Places in braces are the same in both."""

from __future__ import annotations

from shared.sentences import sentence

SENTENCES: tuple[tuple[str, str], ...] = (
    ("This is not valid YAML: {reason}.", sentence("Susunan YAML-nya tidak terbaca: %(reason)s.")),
    ("Check indents, colons and quotes.", sentence("Periksa jarak awal baris, titik dua, dan tanda kutip.")),
    ("The file is too large to be read.", sentence("Berkas ini terlalu besar untuk dibaca.")),
    ("Split it into several files.", sentence("Bagi menjadi beberapa berkas.")),
    ("The file should hold `name: value` lines.", sentence("Berkas ini harus berisi baris `nama: nilai`.")),
    ("See a file beside it.", sentence("Lihat contohnya di berkas lain.")),
    ("`{key}` should be a text.", sentence("`%(key)s` harus berupa teks.")),
    ("Write `{key}: some text` on one line.", sentence("Tulis `%(key)s: suatu teks` dalam satu baris.")),
    ("`{key}` should be a whole number.", sentence("`%(key)s` harus berupa bilangan bulat.")),
    ("Write for instance `{example}`.", sentence("Tulis misalnya `%(example)s`.")),
    ("`{key}` should be true or false.", sentence("`%(key)s` harus `true` atau `false`.")),
    ("`{key}` should list texts.", sentence("`%(key)s` harus berupa daftar teks.")),
    ("Put quotes around it if it holds a sign.", sentence("Beri tanda kutip bila memuat tanda baca.")),
    ("`{key}` should list texts or conditions.", sentence("`%(key)s` harus berupa daftar teks atau syarat.")),
    ("Indent them below it.", sentence("Tulis di bawahnya dengan jarak awal baris yang lebih dalam.")),
    ("`{key}` should be a list of `name: value` lines.", sentence("`%(key)s` harus berupa baris `nama: nilai`.")),
    ("`{key}` should hold `name: value` lines.", sentence("`%(key)s` harus berisi baris `nama: nilai`.")),
    ("`{key}` is not known here.", sentence("`%(key)s` tidak dikenal di sini.")),
    ("Did you mean `{word}`?", sentence("Maksudnya `%(word)s`?")),
    ("Known: {words}.", sentence("Yang dikenal: %(words)s.")),
    ("Remove it, or look up the right name.", sentence("Hapus, atau cari nama yang benar.")),
    ("`{key}` is missing.", sentence("`%(key)s` belum ada.")),
    ("Add a line `{line}`.", sentence("Tambahkan baris `%(line)s`.")),
    ("A name before a colon should be a text.", sentence("Nama sebelum titik dua harus berupa teks.")),
    ("Put it in quotes.", sentence("Beri tanda kutip.")),
    (
        "`{key}` stands here twice (first in line {line}).",
        sentence("`%(key)s` tertulis dua kali di sini (pertama di baris %(line)s)."),
    ),
    ("Keep one.", sentence("Sisakan satu.")),
    ("This is no name of a file of rules.", sentence("Nama berkas aturan tidak boleh seperti ini.")),
    ("Write `{example}`.", sentence("Tulis `%(example)s`.")),
    ("There are no rules.", sentence("Tidak ada aturan.")),
    ("Add at least one file ending in `.yaml`.", sentence("Tambahkan sedikitnya satu berkas berakhiran `.yaml`.")),
    ("There are {key} in another file too.", sentence("`%(key)s` juga ada di berkas lain.")),
    ("Keep them in one file.", sentence("Simpan dalam satu berkas saja.")),
    ("`overlap: {value}` is not known.", sentence("`overlap: %(value)s` tidak dikenal.")),
    ("Write `{one}` or `{other}`.", sentence("Tulis `%(one)s` atau `%(other)s`.")),
    ("`{name}` should be 0 or more.", sentence("`%(name)s` harus 0 atau lebih.")),
    ("Leave it out.", sentence("Hilangkan saja.")),
    ("Settings should be 1 or more.", sentence("Nilai pengaturan harus 1 atau lebih.")),
    ("The id is taken by {where}.", sentence("Nama aturan (`id`) ini sudah dipakai di %(where)s.")),
    ("Choose another id.", sentence("Pilih nama lain.")),
    ("The rule has no phrases.", sentence("Aturan ini belum punya frasa.")),
    (
        "Add at least one line `some words: 3` below `phrases:`.",
        sentence("Tambahkan sedikitnya satu baris `beberapa kata: 3` di bawah `phrases:`."),
    ),
    ("`priority` should be from {least} to {most}.", sentence("`priority` harus antara %(least)s dan %(most)s.")),
    (
        "Leave it out unless this rule must win over others whatever the scores.",
        sentence("Hilangkan, kecuali aturan ini harus menang berapa pun nilai aturan lain."),
    ),
    (
        "The weight of `{phrase}` should be a whole number, not `{written}`.",
        sentence("Bobot `%(phrase)s` harus berupa bilangan bulat, bukan `%(written)s`."),
    ),
    (
        "Write `{example}` (1 a hint, 3 enough alone, 5 sure).",
        sentence("Tulis `%(example)s` (1 petunjuk, 3 cukup sendirian, 5 pasti)."),
    ),
    ("The rule has too many patterns.", sentence("Aturan ini punya terlalu banyak pola.")),
    (
        "Keep {number}; phrases do the same and are faster.",
        sentence("Sisakan %(number)s; frasa sama gunanya dan lebih cepat."),
    ),
    ("The pattern `{pattern}` cannot be used: {why}", sentence("Pola `%(pattern)s` tidak dapat dipakai: %(why)s")),
    ("Use a phrase, or mend the expression.", sentence("Pakai frasa, atau perbaiki polanya.")),
    ("Use phrases where you can.", sentence("Sedapat mungkin pakai frasa.")),
    ("`{phrase}` holds no word that counts.", sentence("`%(phrase)s` tidak memuat kata yang bermakna.")),
    ("Add a word that says what it is about.", sentence("Tambahkan kata yang menyebut pokoknya.")),
    ("`{phrase}` is read just like `{other}`.", sentence("`%(phrase)s` dibaca sama dengan `%(other)s`.")),
    ("Keep one of them.", sentence("Sisakan salah satu.")),
    ("`{phrase}` looks like a pattern.", sentence("`%(phrase)s` tampak seperti pola, bukan frasa.")),
    (
        "Phrases are words as written, with `*` between spaces for one to three free words; a regular expression goes "
        "under `patterns:`.",
        sentence(
            "Frasa adalah kata sebagaimana ditulis; `*` di antara dua spasi berarti satu sampai tiga kata bebas. "
            "Pola (regular expression) ditulis di bawah `patterns:`."
        ),
    ),
    (
        "`{phrase}` begins or ends with `*`, or doubles it.",
        sentence("`%(phrase)s` berawal atau berakhir dengan `*`, atau memakainya berturut-turut."),
    ),
    ("Put one `*` between words: `{example}`.", sentence("Taruh satu `*` di antara kata: `%(example)s`.")),
    (
        "Beside the `*` of `{phrase}` stands no word that counts.",
        sentence("Di samping `*` pada `%(phrase)s` tidak ada kata yang bermakna."),
    ),
    ("Use telling words on both sides.", sentence("Pakai kata yang bermakna di kedua sisinya.")),
    ("There is no agency `{code}`.", sentence("Tidak ada instansi `%(code)s`.")),
    (
        "`{phrase}` is never found: its words are read as a place.",
        sentence("`%(phrase)s` tidak akan pernah ditemukan: kata-katanya dibaca sebagai nama tempat."),
    ),
    ("Leave out the place word.", sentence("Hilangkan kata tempatnya.")),
    (
        "`{phrase}` is read as `{word}` alone, the other words carry no weight.",
        sentence("`%(phrase)s` hanya dibaca sebagai `%(word)s`; kata lainnya tidak dihitung."),
    ),
    ("Write `{word}`, or add a word that matters.", sentence("Tulis `%(word)s`, atau tambahkan kata yang bermakna.")),
    (
        "`{phrase}` weighs {weight}, but `{part}` inside it weighs {heavier}.",
        sentence("Bobot `%(phrase)s` %(weight)s, padahal `%(part)s` di dalamnya berbobot %(heavier)s."),
    ),
    ("Give it {weight} or more.", sentence("Beri bobot %(weight)s atau lebih.")),
    (
        "`{phrase}` weighs {weight} for {agency} too (rule `{rule}`), which ends in a tie.",
        sentence("`%(phrase)s` juga berbobot %(weight)s untuk %(agency)s (aturan `%(rule)s`), sehingga hasilnya seri."),
    ),
    (
        "Give one of them more, or say more words.",
        sentence("Beri salah satunya bobot lebih besar, atau perpanjang frasanya."),
    ),
    (
        "The example `{text}` holds no phrase of this rule.",
        sentence("Contoh `%(text)s` tidak memuat frasa aturan ini."),
    ),
    ("Add a phrase for it, or remove the example.", sentence("Tambahkan frasanya, atau hapus contohnya.")),
    (
        "The example `{text}` goes to {went}, not to {agency}.",
        sentence("Contoh `%(text)s` jatuh ke %(went)s, bukan ke %(agency)s."),
    ),
    (
        "Add a phrase that says it better, or correct the example.",
        sentence("Tambahkan frasa yang lebih tegas, atau perbaiki contohnya."),
    ),
    (
        "The example `{text}` should not match this rule but does.",
        sentence("Contoh `%(text)s` seharusnya tidak cocok dengan aturan ini, tetapi cocok."),
    ),
    (
        "Add the words that exclude it under `not:`.",
        sentence("Tulis kata-kata yang mengecualikannya di bawah `not:`."),
    ),
    ("The condition is too deep or too long.", sentence("Syaratnya terlalu dalam atau terlalu panjang.")),
    ("Use at most {number} levels.", sentence("Pakai paling banyak %(number)s tingkat.")),
    ("The condition says nothing.", sentence("Syaratnya kosong.")),
    (
        "Write `all:`, `any:`, `not:` or `near:` and phrases below it.",
        sentence("Tulis `all:`, `any:`, `not:`, atau `near:` dan frasa di bawahnya."),
    ),
    (
        "`within` should be a number of words from 1 to {most}.",
        sentence("`within` harus berupa jumlah kata dari 1 sampai %(most)s."),
    ),
    ("`near` needs two phrases or more.", sentence("`near` memerlukan dua frasa atau lebih.")),
    ("Write `{one}`, or add `{other}`.", sentence("Tulis `%(one)s`, atau tambahkan `%(other)s`.")),
    ("`hours: {written}` is not a span of the day.", sentence("`hours: %(written)s` bukan rentang jam.")),
    ("`{word}` cannot be a spelling.", sentence("`%(word)s` tidak dapat menjadi ejaan.")),
    (
        "Write one word, a colon, and what it means.",
        sentence("Tulis satu kata, titik dua, lalu artinya."),
    ),
    (
        "`{word}` is protected and cannot be changed.",
        sentence("`%(word)s` dilindungi (`protected`) dan tidak dapat diubah."),
    ),
    ("Remove it from one list.", sentence("Hapus dari salah satu daftar.")),
    ("`reach` should be a number of words from 1 to 6.", sentence("`reach` harus berupa jumlah kata dari 1 sampai 6.")),
)  # fmt: skip
