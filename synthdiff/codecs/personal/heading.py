"""What the name of a column says of the personal data in it, in the main languages of Europe and East Asia."""

from __future__ import annotations

import re
from collections.abc import Sequence

from synthdiff.codecs.personal.lexicon import fold

_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[^\W\d_A-Za-z]+|\d+")

PHRASES: dict[str, str] = {
    "email": """
        email, e mail, mail, courriel, correo, correo electronico, posta elettronica, epost, email address,
        emailaddress, почта, электронная почта, メール, メールアドレス, 邮箱, 电子邮件, 電子メール, 電郵,
        이메일, بريد, البريد الإلكتروني
    """,
    "phone": """
        phone, telephone, tel, telefon, telefono, telefone, mobile, mobil, cell, cellphone, handy, gsm, fax,
        movil, celular, cellulare, telefoon, telefonnummer, handynummer, mobilnummer, telefoonnummer, msisdn,
        whatsapp, puhelin, rufnummer, phonenumber, mobilenumber, telno, tel no, telnr, phoneno, phone no,
        mobileno, contactno, contact number, contact no, mobile phone, homephone, workphone, telefonszam,
        telefonas, телефон, тел, мобильный, 電話, 電話番号, 携帯, 携帯番号, 携帯電話, 电话, 手机, 手机号,
        电话号码, 手机号码, 전화, 전화번호, 휴대폰, 연락처, τηλεφωνο, هاتف, جوال
    """,
    "first_name": """
        first name, firstname, fname, given name, givenname, forename, vorname, prenom, voornaam, fornavn,
        fornamn, imie, etunimi, jmeno, middle name, имя, 名, prenume, vornamen, givennames
    """,
    "last_name": """
        last name, lastname, lname, surname, family name, familyname, nachname, familienname, nom de famille,
        apellido, apellidos, cognome, achternaam, sobrenome, apelido, etternavn, efternavn, efternamn, nazwisko,
        sukunimi, prijmeni, maiden name, фамилия, 姓, 苗字, 성씨, επωνυμο, επιθετο, vezeteknev
    """,
    "name": """
        full name, fullname, nom complet, nombre completo, nome completo, nome e cognome, customer name,
        client name, patient name, employee name, manager name, contact name, person name, person, owner name,
        author name, cardholder, cardholder name, account holder, student name, teacher name, doctor name,
        passenger name, guest name, member name, sender name, recipient name, kundenname, mitarbeiter,
        ansprechpartner, kontoinhaber, beneficiary, payee, customername, employeename, contact person, naam,
        volledige naam, imie i nazwisko, фио, полное имя, 姓名, 氏名, 名前, 이름, 성명, 고객명, 顧客名, 担当者,
        担当者名, 联系人, ονοματεπωνυμο, اسم, الاسم, الاسم الكامل, jmeno a prijmeni, nev, ad soyad, adi soyadi,
        vor und nachname
    """,
    "weak_name": """
        name, names, nombre, nome, nom, navn, namn, full, имя, naam, ime, ονομα
    """,
    "role": """
        customer, client, patient, employee, manager, contact, owner, author, holder, student, teacher, doctor,
        passenger, guest, member, sender, recipient, kunde, kundin, agent, supervisor, boss, reviewer, assignee,
        user, rep, representative, salesperson, salesman, seller, buyer, tenant, landlord, winner, player,
        lawyer, attorney, judge, sales rep, sales person, artist, director, actor, instructor, nurse, physician,
        surgeon, technician, consultant, advisor, adviser, broker, officer, trainer, coach, driver, operator,
        cashier, therapist, applicant, borrower, insured, guardian, spouse, husband, wife, father, mother,
        witness, claimant, defendant, plaintiff, candidate, interviewer, inspector, worker, clerk, staff, pi,
        investigator, signatory, responsible, requester, requestor, submitter, reporter, caller, subscriber,
        policyholder, beneficiary, donor, host, composer, editor, writer, created by, updated by, modified by,
        changed by, signed by, approved by, handled by, assigned to, assigned, reported by, sold by,
        requested by, processed by, reviewed by, opened by, closed by, resolved by, entered by, verified by,
        prepared by, checked by, issued by, managed by, account manager, cust, emp, pat, bearbeiter,
        sachbearbeiter, verkaufer, betreuer, vertreter, berater, arzt, patientin, mieter, vendedor, cliente,
        empleado, paciente, responsable, vendeur, gestionnaire, medecin, venditore, impiegato, paziente, medico,
        klant, verkoper, medewerker, сотрудник, клиент, менеджер, пациент, 顧客, 客户, 客戶, 患者, 社員, 고객,
        환자, 직원
    """,
    "street": """
        address, street, street address, addr, address line, adresse, anschrift, strasse, rue, direccion, calle,
        indirizzo, via, adres, straat, endereco, rua, adress, gata, gatuadress, ulica, osoite, domicilio,
        streetaddress, postal address, mailing address, home address, shipping address, billing address, adresa,
        адрес, улица, 住所, 地址, 주소, διευθυνση, عنوان, العنوان, cim, adres1, ulice
    """,
    "company": """
        company, company name, firm, employer, organisation, organization, business name, firma, unternehmen,
        arbeitgeber, entreprise, societe, employeur, empresa, azienda, societa, bedrijf, foretag, companyname,
        corporation, raison sociale, ragione sociale, firmenname, 会社, 会社名, 公司, 公司名称, 企業名,
        企业名称, 회사, 회사명, компания, организация, фирма, επωνυμια, شركة
    """,
    "url": """
        url, website, web site, homepage, web page, webpage, link, site web, sitio web, sito web, webseite
    """,
    "ip": """
        ip, ip address, ipaddress, ip addr, ipaddr, ipv4, ipv6, client ip, remote addr, ip adresse, adresse ip
    """,
    "user": """
        username, user name, login, login name, user login, handle, nickname, nick, screen name, screenname,
        benutzername, benutzer, nom utilisateur, nombre de usuario, usuario, nome utente, utente,
        gebruikersnaam, anvandarnamn, account name, twitter, twitter handle
    """,
    "iban": """
        iban, iban number, iban nr
    """,
    "card": """
        card number, card no, card nr, cardnumber, credit card, creditcard, cc number, cc num, ccnumber,
        debit card, kreditkarte, kreditkartennummer, kartennummer, carte bancaire, carte de credit,
        numero de tarjeta, tarjeta, carta di credito, credit card number, pan, card, cc, kreditkarten nr,
        номер карты, カード番号, 卡号, 카드번호
    """,
    "account": """
        account number, account no, account nr, account num, accountnumber, acct number, acct no, acct num,
        acctno, bank account, kontonummer, konto nr, kontonr, numero de compte, numero de cuenta,
        cuenta bancaria, cuenta corriente, numero conto, conto corrente, rekeningnummer, numer konta, kontonr,
        номер счета, 口座番号, 银行账号, 계좌번호, sort code account, routing and account, policy number,
        policy no, medical record number, mrn
    """,
    "plate": """
        license plate, licence plate, number plate, plate number, plate no, plate, licenseplate, licenceplate,
        vehicle registration, reg plate, kennzeichen, kfz kennzeichen, immatriculation, plaque, matricula,
        targa, kenteken, tablica rejestracyjna, numer rejestracyjny, регистрационный номер, 车牌, 车牌号,
        ナンバープレート, vin, vehicle identification number
    """,
    "device": """
        mac, mac address, macaddress, mac addr, imei, imsi, device mac, bssid, serial mac, udid, idfa, gaid
    """,
    "national_id": """
        ssn, social security, social security number, national id, nationalid, nid, nino,
        national insurance number, passport, passport number, passport no, personal id, tax id, taxid, tin, cpf,
        nif, nie, dni, curp, pesel, personnummer, codice fiscale, bsn, cpr, steuer id, steuernummer,
        sozialversicherungsnummer, insee, numero de securite sociale, aadhaar, aadhar, drivers license,
        driver license, driving licence, license number, licence number, identity number, id card, id number,
        nhs number, personnr, fodselsnummer, henkilotunnus, reisepass, ausweisnummer, national insurance,
        medicare number, ni number, ni no, nhs no, steueridentifikationsnummer, steueridnr,
        steuer identifikationsnummer, idnr, svnr, sv nummer, паспорт, снилс, инн, 身份证, 身份证号, 身份证号码,
        マイナンバー, 주민등록번호, passport num, tax number, tax no, social insurance number, ahv nummer,
        ahv nr, rijksregisternummer, rodne cislo, cnp, tckn, tc kimlik no, pan number, pan no, voter id,
        emirates id, driving license, tax code, cedula, rut, rfc, id no, id card number, nationalidentity,
        national identity number
    """,
}
"""What a column may be called, by kind; phrases between commas."""
# What a column of words that some people are called is about, when it is not about people.
_OTHER = """
    city town village place location country county state province region district area neighborhood neighbourhood
    borough suburb ville ciudad citta stadt ort land pais paese product item article brand model make maker
    category type class group genre job occupation profession position role title department dept team club school
    college university airport station port species breed color colour material month day weekday season store
    shop branch campaign plan segment status gender sex marital religion race ethnicity language currency sport
    game song album movie film book file field variable column table domain server hostname hotel restaurant street
    drug medication disease diagnosis ingredient food wine nationality citizenship zone market industry sector
    event project course subject brand channel device browser os platform app page vessel ship car vehicle train
    line route stop
"""


_CODED = """
    id ids code key ref reference number no nr num invoice order po sku part isbn issn upc ean gtin serial article item
    product batch lot tracking version model catalog catalogue case docket ticket voucher coupon barcode
    host server domain
"""
# What else a column of persons may be called beside "name" and a role.
_BESIDE = """
    the of first second primary secondary main emergency next kin legal registered displayed display current new old
    billing shipping bill ship to from sales key account business
"""
_OF_PERSONS = """
    birth birthday birthdate dob gender sex age geburt geburtsdatum geschlecht alter naissance sexe nacimiento sexo edad
    nascita sesso nascimento geslacht leeftijd kon kjonn fodselsdato fodselsdag plec
"""


def heading_words(name: str) -> list[str]:
    """The words of a column's name, folded.

    Examples
    --------
    >>> heading_words("custFirstName_2"), heading_words("Straße")
    (['cust', 'first', 'name', '2'], ['strasse'])
    """
    plain = "".join(sign if sign.isascii() else fold(sign) for sign in name)
    return [fold(word) for word in _WORDS.findall(plain)]


_KNOWN = {
    kind: {tuple(fold(word) for word in phrase.split()) for phrase in words.split(",")}
    for kind, words in PHRASES.items()
}
_UNSPACED_SIGNS = re.compile("[\u3040-\u30ff\u3400-\u9fff\u1100-\u11ff]{2}")
_UNSPACED = {
    kind: tuple("".join(phrase) for phrase in phrases if _UNSPACED_SIGNS.match(phrase[0]))
    for kind, phrases in _KNOWN.items()
}
"""Phrases of the languages that write no spaces, which may follow other words."""


def named_kinds(name: str) -> set[str]:
    """The kinds of personal data that a column's name may announce; ``weak_name`` and ``role`` need names in the cells.

    Examples
    --------
    >>> sorted(named_kinds("customer_email")), sorted(named_kinds("Last Name")), named_kinds("tell")
    (['email', 'role'], ['last_name', 'weak_name'], set())
    >>> sorted(named_kinds("Phones")), named_kinds("trail name")
    (['phone'], set())
    """
    words = heading_words(name)
    runs = set()
    for spelt in (words, [word.removesuffix("s") for word in words]):
        runs |= {tuple(spelt[i:j]) for i in range(len(spelt)) for j in range(i + 1, min(i + 5, len(spelt) + 1))}
    found = {kind for kind, phrases in _KNOWN.items() if phrases & runs}
    found |= {kind for kind, ends in _UNSPACED.items() if ends and any(word.endswith(ends) for word in words)}
    if tuple(words) in (("first",), ("last",), ("given",), ("family",)):
        found.add("role")
    if "weak_name" in found and not found - {"weak_name"} and not _names_persons(words):
        found.discard("weak_name")
    return found


def _names_persons(words: Sequence[str]) -> bool:
    """Say whether nothing but "name" is named, as a trail or a pet would be."""
    plain = {word for phrase in _KNOWN["weak_name"] for word in phrase} | set(_BESIDE.split())
    return all(word in plain or word.isdigit() or len(word) == 1 for word in words)


def names_code(name: str) -> bool:
    """Say whether a column's name is that of codes or numbers, which may be written like others.

    Examples
    --------
    >>> names_code("invoice_no"), names_code("mobile")
    (True, False)
    """
    return not set(heading_words(name)).isdisjoint(_CODED.split())


def names_other(name: str) -> bool:
    """Say whether a column's name is that of things which may be called like people.

    Examples
    --------
    >>> [names_other(name) for name in ("City", "product_name", "employee name")]
    [True, True, False]
    """
    return not set(heading_words(name)).isdisjoint(_OTHER.split())


def describes_persons(names: Sequence[str]) -> bool:
    """Say whether the names of a table's columns are those of persons: one of them is a birth date, a sex or an age.

    Examples
    --------
    >>> describes_persons(["id", "name", "birth_date"]), describes_persons(["id", "name", "price"])
    (True, False)
    """
    persons = set(_OF_PERSONS.split())
    return any(persons & set(heading_words(name)) for name in names)
