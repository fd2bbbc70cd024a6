-- step: tokenise
create macro token(x) as substr(sha256(getvariable('opad') || unhex(sha256(getvariable('ipad') || encode(x)))), 1, 32);
create macro check_of(x) as substr('10X98765432', cast((
    cast(substr(x, 1, 1) as integer) * 7 + cast(substr(x, 2, 1) as integer) * 9 + cast(substr(x, 3, 1) as integer) * 10
    + cast(substr(x, 4, 1) as integer) * 5 + cast(substr(x, 5, 1) as integer) * 8 + cast(substr(x, 6, 1) as integer) * 4
    + cast(substr(x, 7, 1) as integer) * 2 + cast(substr(x, 8, 1) as integer) * 1 + cast(substr(x, 9, 1) as integer) * 6
    + cast(substr(x, 10, 1) as integer) * 3 + cast(substr(x, 11, 1) as integer) * 7
    + cast(substr(x, 12, 1) as integer) * 9 + cast(substr(x, 13, 1) as integer) * 10
    + cast(substr(x, 14, 1) as integer) * 5 + cast(substr(x, 15, 1) as integer) * 8
    + cast(substr(x, 16, 1) as integer) * 4 + cast(substr(x, 17, 1) as integer) * 2) % 11 + 1 as integer), 1);
create macro key_of(x) as case
    when regexp_full_match(x, '[0-9]{17}[0-9X]')
        and try_strptime(substr(x, 7, 8), '%Y%m%d') is not null
        and check_of(x) = substr(x, 18, 1)
        then token(x)
end;
create macro plain(x) as regexp_replace(replace(nfc_normalize(x), ' ', ''), '（.*）$', '');
create macro place(x) as regexp_replace(x, '(村民委员会|村委会|村)$', '');
create table villages as
select code, substr(code, 1, 9) as township, place(name) as name from areas_raw where length(code) = 12;
create table medical as
select
    key_of(m.id) as key, token(m.id) as id_key, plain(m.name) as name, m.class, m.scheme, m.state, m.paid_on,
    coalesce(m.village_code, v.code) as village
from medical_raw as m
left join villages as v on m.village_code is null and place(m.village) = v.name;
create table school as
select key_of(s.id) as key, token(s.id) as id_key, plain(s.name) as name, s.class, s.status, s.hh_no, v.code as village,
    s.school, s.cause, s.signed_on, s.evidence_no
from school_raw as s left join villages as v on place(s.village) = v.name;
create table dibao as
select
    key_of(d.id) as key, token(d.id) as id_key, plain(d.name) as name, d.class, d.case_no,
    coalesce(d.kind, '农村') as kind, try_cast(d.npc as decimal(14, 2)) as npc, d.to_month, v.code as village
from dibao_raw as d left join villages as v on place(d.village) = v.name;
create table households as
select
    h.hh_no, plain(h.head_name) as head_name, key_of(h.head_id) as head_key, h.attr, h.status,
    try_cast(h.npc as decimal(14, 2)) as npc, v.code as village, h.dilapidated, h.water_safe,
    try_cast(h.member_count as double)::int as member_count, try_cast(h.exit_year as int) as exit_year, h.relocated
from households_raw as h left join villages as v on place(h.village) = v.name
qualify row_number() over (partition by h.hh_no) = 1;
create table people as
select
    p.hh_no, plain(p.name) as name, key_of(p.id) as key,
    substr(p.id, 1, 6) || '********' || substr(p.id, 15) as id_masked, p.ins_basic,
    try_strptime(substr(p.id, 7, 8), '%Y%m%d')::date as birth, h.village, h.status,
    p.sex, try_cast(p.born_on as date) as born_on, p.health, p.relation, try_cast(substr(p.id, 17, 1) as int) as sex_digit,
    p.id is null as no_id
from persons_raw as p inner join households as h using (hh_no)
qualify row_number() over (partition by coalesce(key_of(p.id), p.hh_no || p.name) order by p.hh_no) = 1;
create table edge as
select e.hh_no, key_of(e.head_id) as head_key, e.kind, try_cast(e.npc as decimal(14, 2)) as npc, v.code as village,
    year(try_cast(e.watched_on as date)) as watched_year, e.cleared
from edge_raw as e left join villages as v on place(e.village) = v.name
qualify row_number() over (partition by e.hh_no) = 1;
create table houses as
select
    coalesce(n.hh_no, k.hh_no) as hh_no, r.hh_no as sent_no, plain(r.head_name) as head_name, v.code as village,
    left(nullif(r.grade, '无房'), 1) as grade, r.grade as grade_word, try_cast(r.appraised_on as date) as appraised_on,
    r.lived_in, r.safe_by, r.certified, r.suspect
from (select *, key_of(head_id) as head_key from houses_raw) as r
left join households as n on r.hh_no = n.hh_no
left join households as k on r.head_key = k.head_key
left join villages as v on place(r.village) = v.name;
create table projects as
select
    coalesce(n.hh_no, k.hh_no) as hh_no, r.project_no, r.batch_year, try_cast(r.accepted_on as date) as accepted_on,
    r.accepted_ok, try_cast(r.due_amt as decimal(14, 2)) as due_amt, try_cast(r.paid_on as date) as paid_on,
    try_cast(r.paid_amt as decimal(14, 2)) as paid_amt, r.mode, try_cast(r.approved_on as date) as approved_on,
    try_cast(r.started_on as date) as started_on, try_cast(r.completed_on as date) as completed_on, r.channel,
    plain(r.holder) as holder
from (select *, key_of(head_id) as head_key from projects_raw) as r
left join households as n on r.hh_no = n.hh_no
left join households as k on r.head_key = k.head_key;
create table water as
select
    coalesce(n.hh_no, k.hh_no) as hh_no, r.hh_no as sent_no, plain(r.head_name) as head_name, v.code as village,
    r.mode like '集中%' as central, r.supply_no, [r.t1, r.t2, r.t3, r.t4, r.t5] as tests
from (select *, key_of(head_id) as head_key from water_raw) as r
left join households as n on r.hh_no = n.hh_no
left join households as k on r.head_key = k.head_key
left join villages as v on place(r.village) = v.name;
create table claims as
select
    key_of(id) as key, hospital, place, referred, coalesce(designated, '是') as designated, one_stop,
    try_cast(admitted_on as date) as admitted_on, try_cast(discharge_on as date) as discharge_on,
    try_cast(total as decimal(14, 2)) as total, try_cast(deposit as decimal(14, 2)) as deposit,
    [try_cast(p1 as decimal(14, 2)), try_cast(p2 as decimal(14, 2)), try_cast(p3 as decimal(14, 2)), try_cast(p4 as decimal(14, 2)),
        try_cast(p5 as decimal(14, 2)), try_cast(p6 as decimal(14, 2))] as layers,
    try_cast(own as decimal(14, 2)) as own, settle_id
from claims_raw
where settle_id not in (select settle_id from claims_raw where reversal <> '否' and settle_id is not null)
qualify row_number() over (partition by settle_id) = 1;
create table chronic as
select
    key_of(id) as key, disease, doctor, try_cast(registered_on as date) as registered_on, try_cast(signed_on as date) as signed_on,
    try_cast(until_on as date) as until_on, try_cast(visited_on as date) as visited_on, try_cast(checked_on as date) as checked_on
from chronic_raw;
create table disability as
select
    key_of(id) as key, level, try_cast(living as decimal(9, 2)) as living, try_cast(care as decimal(9, 2)) as care, low_kind, med_gov,
    pension_gov, plain(holder) as holder, plain(name) as name
from disability_raw;
create table tekun as select key_of(id) as key, plain(name) as name, plain(holder) as holder from tekun_raw;
create table aid as
select key_of(id) as key, plain(name) as name, plain(holder) as holder, try_cast(due as decimal(9, 2)) as due, try_cast(paid as decimal(9, 2)) as paid from aid_raw;
-- step: facts
create table insurance as
select
    key,
    bool_or(coalesce(scheme, '') not like '职工%' and (state in ('已参保', '代缴') or (coalesce(state, '动态新增') = '动态新增' and paid_on is not null))) as insured,
    bool_or(state = '死亡') as dead, bool_or(state = '参合未缴费') as unpaid,
    bool_or(state in ('职工参保', '异地参保', '现役军人') or (scheme like '职工%' and state in ('已参保', '代缴'))) as exempt,
    bool_or(scheme like '职工%' and state in ('已参保', '代缴')) as employee_paid,
    any_value(state) as state
from medical where key is not null group by key;
create table schooling as
select
    key,
    bool_or(status in ('在学', '送教上门', '休学', '毕业')) as at_school,
    bool_or(status in ('免学', '缓学')) as excused,
    bool_or(status in ('辍学', '疑似辍学', '应入未入')) as out_of_school,
    bool_or(status = '送教上门') as at_home,
    bool_or(status = '辍学') as dropped
from school where key is not null group by key;
create table allowance as
select key, any_value(case_no) as case_no from dibao
where key is not null and kind = '农村' and (to_month is null or to_month >= strftime(getvariable('as_of'), '%Y%m')) group by key;
create table dwelling as
with latest as (
    select * from houses where hh_no is not null
    qualify row_number() over (partition by hh_no order by lived_in is distinct from '否' desc, appraised_on desc) = 1
), done as (
    select hh_no, max(accepted_on) as accepted_on from projects where accepted_ok = '合格' group by hh_no
)
select h.hh_no, d.grade_word as grade, d.appraised_on, d.certified, d.suspect, done.accepted_on as rebuilt_on,
    case
        when d.grade in ('A', 'B') then true
        when d.certified = '是' and d.safe_by <> '自有' then true
        when done.accepted_on >= d.appraised_on then true
        when d.grade_word is not null then false
    end as ok
from households as h left join latest as d using (hh_no) left join done using (hh_no);
create table tap as
with tested as (
    select supply_no, try_cast(tested_on as date) as tested_on, result from supplies_raw
    qualify row_number() over (partition by supply_no order by try_cast(tested_on as date) desc nulls last) = 1
)
select
    w.hh_no, w.central,
    case
        when w.central and t.result = '不达标' then false
        when w.central and t.result = '达标' and t.tested_on >= getvariable('as_of') - interval 12 month then true
        when w.central then null
        when list_has_any(w.tests, ['×', '否']) then false
        when len(list_filter(w.tests, x -> x = '√')) = 5 then true
    end as ok
from water as w left join tested as t on w.supply_no = t.supply_no where w.hh_no is not null;
create table persons as
select
    p.key, p.hh_no, left(p.name, 1) || '**' as name, p.id_masked, p.village, p.birth,
    not coalesce(i.dead, false) as alive, coalesce(i.exempt, false) as exempt, i.key is not null as found,
    coalesce(i.insured, false) as insured, i.state, coalesce(i.unpaid, false) as unpaid, coalesce(i.employee_paid, false) as employee_paid,
    date_diff('year', p.birth, date '2019-08-31') - (strftime(p.birth, '%m%d') > '0831')::int between 6 and 15 as of_age,
    s.key is not null as at_roll, coalesce(s.at_school, false) as at_school, coalesce(s.excused, false) as excused,
    coalesce(s.out_of_school, false) as out_of_school, coalesce(s.at_home, false) as at_home,
    coalesce(s.dropped, false) as dropped, a.key is not null as in_dibao, p.ins_basic, p.status, p.health, p.relation, p.name as full_name
from people as p
left join insurance as i on p.key = i.key
left join schooling as s on p.key = s.key
left join allowance as a on p.key = a.key;
create table homes as
select
    h.*, d.grade, d.appraised_on, d.certified, d.suspect, d.rebuilt_on, d.ok as housing_ok, t.central, t.ok as water_ok, t.hh_no is not null as surveyed,
    coalesce(m.members, 0) as members, coalesce(m.helped, false) as helped, coalesce(m.open, false) as person_open,
    coalesce(m.failing, false) as person_failing
from households as h
left join dwelling as d using (hh_no)
left join tap as t using (hh_no)
left join (
    select hh_no, count(*) as members, bool_or(in_dibao) as helped,
        bool_or(alive and ((not exempt and not insured) or (of_age and not at_school and not excused))) as open,
        bool_or(alive and ((not exempt and not insured and found) or (of_age and out_of_school))) as failing
    from persons group by hh_no
) as m using (hh_no);
create table exits as
select
    hh_no, village, status, exit_year, npc < 4000 as poor, npc is null as npc_unknown,
    housing_ok = false or water_ok = false or person_failing as failing,
    housing_ok is null or water_ok is null or (person_open and not person_failing) as unsure,
    housing_ok = false and left(grade, 1) in ('C', 'D') and year(appraised_on) <= exit_year as unsafe_since
from homes;
create table patients as
with ill as (
    select key, any_value(hh_no) as hh_no, any_value(village) as village from persons where alive and health = '长期慢性病' group by key
), listed as (
    select
        key, bool_or(disease in ('高血压', '糖尿病', '结核病', '重性精神疾病')) as watched,
        bool_or(doctor is not null and signed_on <= getvariable('as_of')
            and coalesce(until_on, signed_on + interval 1 year) >= getvariable('as_of')) as contracted,
        count(distinct visited_on) filter (year(visited_on) = year(getvariable('as_of'))) as visits,
        bool_or(year(checked_on) = year(getvariable('as_of'))) as checked
    from chronic where key is not null group by key
)
select coalesce(i.key, l.key) as key, coalesce(i.village, p.village) as village, l.key is not null as listed,
    coalesce(l.watched, false) as watched, coalesce(l.contracted, false) as contracted, coalesce(l.visits, 0) as visits,
    coalesce(l.checked, false) as checked
from ill as i full join listed as l on i.key = l.key left join persons as p on l.key = p.key
where i.key is not null or p.key is not null;
create table stays as
select c.*, p.village, p.alive, coalesce(list_sum(layers), 0) as paid, len(list_filter(layers, x -> x is null)) as unreported
from claims as c inner join persons as p on c.key = p.key;
create table disabled as
select
    coalesce(d.key, p.key) as key, p.village, d.key is not null as holds, p.health like '%残疾%' as marked, d.level in ('一级', '二级') as severe,
    d.level, d.living, d.care, d.low_kind, d.med_gov, d.pension_gov, p.in_dibao, p.birth
from (select * from persons where alive) as p full join (select * from disability where key is not null) as d on p.key = d.key
where p.key is not null and (d.key is not null or p.health like '%残疾%');
create table works as
select
    hh_no, project_no, any_value(batch_year) as batch_year, min(approved_on) as approved_on, min(started_on) as started_on,
    max(completed_on) as completed_on, max(accepted_on) as accepted_on, max(accepted_ok) as accepted_ok, max(paid_on) as paid_on,
    sum(paid_amt) as paid, any_value(due_amt) as due, any_value(mode) as mode
from projects group by hh_no, project_no;
-- step: lists
create table mismatches as
select 'R081' as rule_id, '' as detail, key as subject, village from persons where alive and not exempt and not insured
union all select 'R120', '', key, village from persons where alive and of_age and not at_school and not excused
union all select 'R087', 'double_cover', key, village from persons where insured and employee_paid
union all select 'R087', 'dead_in_dibao', key, village from persons where not alive and in_dibao
union all select 'R001', 'ins_basic', key, village from persons where found and (ins_basic = '是') <> insured
union all select 'R107', '', hh_no, village from homes where housing_ok is not true
union all select 'R104', '', hh_no, village from homes
    where housing_ok = false and grade in ('C级', 'D级') and hh_no not in (select hh_no from projects where hh_no is not null)
union all select 'R133', '', hh_no, village from homes where central and water_ok is not true
union all select 'R134', '', hh_no, village from homes where surveyed and not central and water_ok is not true
union all select 'R144', 'jd_not_in_dibao', hh_no, village from homes where attr not like '特困%' and npc < 4000 and not helped
union all select 'R144', 'part_of_household', hh_no, any_value(village) from persons
    where alive group by hh_no having bool_or(in_dibao) and not bool_and(in_dibao)
union all select 'R144', 'dibao_not_in_jd', case_no, any_value(village) from dibao
    where kind = '农村' group by case_no having max(npc) < 4000 and count(*) filter (key in (select key from people)) = 0
union all select 'R146', 'attr_without_dibao', hh_no, village from homes where attr like '低保%' and not helped
union all select 'R146', 'dibao_without_attr', hh_no, village from homes where attr not like '低保%' and helped
union all select 'R001', 'dilapidated', hh_no, village from homes where housing_ok is not null and (dilapidated = '是') = housing_ok
union all select 'R001', 'water', hh_no, village from homes where water_ok is not null and (water_safe = '是') <> water_ok
union all select 'R003', 'edge_in_register', h.hh_no, h.village from edge as e
    inner join households as h on e.hh_no = h.hh_no or e.head_key = h.head_key where e.kind not like '脱贫不稳定%'
union all select 'R102', '', hh_no, null from (
    select hh_no, project_no, any_value(accepted_on) as accepted_on, sum(paid_amt) as paid, max(paid_on) as paid_on,
        any_value(due_amt) as due from projects where accepted_ok = '合格' and hh_no is not null group by hh_no, project_no
) where coalesce(paid, 0) < due and getvariable('as_of') > accepted_on + 30 or paid >= due and paid_on > accepted_on + 30
union all select 'R048', 'review', hh_no, village from homes
    where status like '已脱贫%' and (attr like '特困%' or npc is null or npc < 4000
        or (npc > 5000 and (housing_ok is not true or water_ok is not true or person_open)));
insert into mismatches
select 'R001', 'medical.name', p.key, p.village from medical as m inner join people as p using (key) where m.name <> p.name
union all select 'R001', 'school.name', p.key, p.village from school as m inner join people as p using (key) where m.name <> p.name
union all select 'R001', 'dibao.name', p.key, p.village from dibao as m inner join people as p using (key) where m.name <> p.name
union all select 'R001', 'medical.village', p.key, p.village from medical as m inner join people as p using (key) where m.village <> p.village
union all select 'R001', 'school.village', p.key, p.village from school as m inner join people as p using (key) where m.village <> p.village
union all select 'R001', 'dibao.village', p.key, p.village from dibao as m inner join people as p using (key) where m.village <> p.village
union all select 'R001', 'school.hh_no', p.key, p.village from school as m inner join people as p using (key) where m.hh_no <> p.hh_no
union all select 'R001', 'house.head', h.hh_no, h.village from houses as r inner join households as h using (hh_no) where r.head_name <> h.head_name
union all select 'R001', 'water.head', h.hh_no, h.village from water as r inner join households as h using (hh_no) where r.head_name <> h.head_name
union all select 'R001', 'house.hh_no', hh_no, village from houses where sent_no <> hh_no
union all select 'R001', 'water.hh_no', hh_no, village from water where sent_no <> hh_no
union all select 'R006', 'medical.id', m.id_key, m.village from medical as m
    inner join people as p on m.name = p.name and m.village = p.village
    anti join people as known on m.key = known.key where p.key not in (select key from insurance)
union all select 'R006', 'school.id', m.id_key, m.village from school as m
    inner join people as p on m.name = p.name and m.village = p.village
    anti join people as known on m.key = known.key where p.key not in (select key from schooling)
union all select 'R006', 'dibao.id', m.id_key, m.village from dibao as m
    inner join people as p on m.name = p.name and m.village = p.village
    anti join people as known on m.key = known.key where p.key not in (select key from allowance)
union all select 'R006', 'medical.label', id_key, village from medical where class like '%建档立卡%' and key not in (select key from people where key is not null)
union all select 'R006', 'medical.missing', key, village from persons where not found
union all select 'R006', 'school.missing', key, village from persons where of_age and not at_roll
union all select 'R006', 'house.missing', hh_no, village from homes where hh_no not in (select hh_no from houses where hh_no is not null)
union all select 'R006', 'water.missing', hh_no, village from homes where not surveyed;
insert into mismatches
select 'R003', 'member_twice', key, any_value(village) from (
    select key_of(id) as key, hh_no as number from persons_raw
) inner join people using (key) group by key having count(*) > 1
union all select 'R015', 'sex', key, village from people where (sex = '男') <> (sex_digit % 2 = 1)
union all select 'R015', 'birth', key, village from people where born_on <> birth
union all select 'R015', 'id', coalesce(key, hh_no || name), village from people where key is null
union all select 'R015', 'member_count', h.hh_no, h.village from homes as h
    left join (select hh_no, count(*) as listed, count(*) filter (relation = '户主') as heads from people group by hh_no) using (hh_no)
    where h.member_count <> coalesce(listed, 0) or heads <> 1
union all select 'R026', '', hh_no, village from exits where status = '未脱贫' and (failing or unsure)
union all select 'R028', '', hh_no, village from exits
    where failing or unsure or (status not in ('未脱贫', '返贫', '回退') and (poor or npc_unknown))
union all select 'R030', '', hh_no, village from exits
    where status like '已脱贫%' and exit_year = year(getvariable('as_of')) and (failing or unsure or poor or npc_unknown)
union all select 'R032', '', hh_no, village from exits where status = '拟脱贫' and (failing or unsure)
union all select 'R033', 'income', hh_no, village from edge where npc < 4000 and hh_no not in (select hh_no from households)
union all select 'R035', '', d.id_key, d.village from dibao as d
    inner join (select distinct case_no from dibao inner join people using (key)) using (case_no)
    where d.kind = '农村' and d.key is not null and d.key not in (select key from people where key is not null)
union all select 'R037', '', hh_no, village from exits where status like '已脱贫%' and (failing or poor)
union all select 'R041', '', hh_no, village from exits where status = '拟脱贫' and (failing or unsure or poor or npc_unknown)
union all select 'R042', '', hh_no, village from exits where status like '已脱贫%' and (failing or poor) and unsafe_since
union all select 'R043', '', x.hh_no, x.village from exits as x inner join edge as e using (hh_no)
    where x.status like '已脱贫%' and (x.failing or x.poor) and not coalesce(x.unsafe_since, false)
        and e.watched_year > x.exit_year and e.cleared is distinct from '是'
union all select 'R044', '', hh_no, village from exits where status like '已脱贫（享受%' and exit_year >= 2014 and (failing or unsure or poor or npc_unknown)
union all select 'R049', '', e.hh_no, e.village from edge as e where e.npc is null or e.npc < 4000 or e.npc > 5000
union all select 'R080', '', key, village from persons where alive and not exempt and not insured and unpaid
union all select 'R082', '', key, village from persons where alive and not exempt and found and key not in (
    select key from medical where key is not null and scheme like '%特惠%'
) and exists (select 1 from medical where scheme like '%特惠%')
union all select 'R083', '', settle_id, village from stays where place = '本地' and designated = '是' and (total is null or paid < 0.85 * total)
union all select 'R084', '', settle_id, village from stays where place <> '本地' and (referred is distinct from '是' or paid < 0.80 * total)
union all select 'R085', '', settle_id, village from stays
    where paid > total or list_min(layers) < 0 or unreported > 0 or abs(paid + own - total) > 0.01 or (layers[1] = 0 and paid > 0)
union all select 'R088', '', settle_id, village from stays where deposit > 0 or one_stop is distinct from '是'
union all select 'R089', '', key, village from patients where not contracted
union all select 'R090', '', key, village from patients where watched and visits < 2
union all select 'R091', '', key, village from patients where contracted and visits = 0
union all select 'R092', '', key, village from patients where listed and not checked
union all select 'R094', '', l.settle_id, l.village from stays as l inner join stays as e
    on l.key = e.key and l.admitted_on < e.discharge_on and l.discharge_on > e.admitted_on and l.admitted_on > e.admitted_on
union all select 'R094', 'dead', settle_id, village from stays where not alive
union all select 'R100', '', coalesce(hh_no, project_no), null from works where batch_year = '2020' and completed_on is null
union all select 'R109', '', coalesce(hh_no, project_no), null from works where batch_year = '2020' and completed_on is null
union all select 'R103', '', hh_no, null from projects as p where paid_amt > 0 and hh_no is not null and (channel is distinct from '一卡通'
    or not exists (select 1 from people as m where m.hh_no = p.hh_no and m.name = p.holder))
union all select 'R105', '', coalesce(hh_no, project_no), null from works where approved_on > started_on or started_on > completed_on
    or completed_on > accepted_on or accepted_on > paid_on or mode not in ('新建', '修缮加固', '闲置公房', '置换', '租赁')
    or hh_no in (select hh_no from households where relocated = '是')
union all select 'R106', '', hh_no, village from homes where suspect = '是' and (grade is null or appraised_on is null
    or appraised_on < getvariable('as_of') - interval 60 month)
union all select 'R108', '', hh_no, village from homes where status like '已脱贫%' and exit_year = year(getvariable('as_of'))
    and (housing_ok is not true or (certified is distinct from '是' and rebuilt_on is null))
union all select 'R110', '', coalesce(hh_no, project_no), null from works where completed_on is not null and (accepted_on is null or accepted_ok <> '合格')
union all select 'R121', '', key, any_value(village) from school where key in (select key from people where key is not null)
    and coalesce(status, '在学') = '在学' group by key having count(distinct school) > 1
union all select 'R122', '', s.key, p.village from school as s inner join persons as p on s.key = p.key
    where s.status = '辍学' and (s.evidence_no is null or s.signed_on is null)
union all select 'R124', '', s.key, p.village from school as s inner join persons as p on s.key = p.key
    where s.status = '在学' and s.key not in (select key from aid where key is not null and paid > 0)
union all select 'R125', '', a.key, p.village from aid as a inner join persons as p on a.key = p.key where coalesce(a.paid, 0) <> a.due
union all select 'R131', '', hh_no, village from homes where status like '已脱贫%' and exit_year = year(getvariable('as_of')) and water_ok is not true
union all select 'R135', '', hh_no, village from homes where water_ok is not true
union all select 'R140', '', case_no, any_value(village) from dibao where kind = '农村' group by case_no having max(npc) >= 4000
union all select 'R145', '', hh_no, village from homes where attr not like '特困%' and npc < 4000 and not helped
union all select 'R147', '', key, village from disabled where holds and (living not in (0, 65) or care not in (0, 65) or level is null
    or (in_dibao and coalesce(living, 0) = 0) or (severe and coalesce(care, 0) = 0) or (not severe and care > 0)
    or (living > 0 and not in_dibao and low_kind is null) or (coalesce(living, 0) = 0 and not in_dibao and low_kind like '困难%'))
union all select 'R148', '', key, village from disabled where not (holds and coalesce(marked, false))
union all select 'R149', 'medical', key, village from disabled where holds and severe and med_gov is distinct from '是'
union all select 'R149', 'pension', key, village from disabled where holds and severe and pension_gov is distinct from '是'
    and date_diff('year', birth, getvariable('as_of')) between 16 and 59
union all select 'R187', 'disability', d.key, p.village from disability as d inner join persons as p on d.key = p.key
    where d.holder <> d.name and not exists (select 1 from people as m where m.hh_no = p.hh_no and m.name = d.holder)
union all select 'R187', 'tekun', d.key, p.village from tekun as d inner join persons as p on d.key = p.key
    where d.holder <> d.name and not exists (select 1 from people as m where m.hh_no = p.hh_no and m.name = d.holder)
union all select 'R187', 'aid', d.key, p.village from aid as d inner join persons as p on d.key = p.key
    where d.holder <> d.name and not exists (select 1 from people as m where m.hh_no = p.hh_no and m.name = d.holder)
union all select 'R187', 'dead', d.key, p.village from disability as d inner join persons as p on d.key = p.key where not p.alive;
-- step: indicators
create table indicators as
with base as (
    select 'jd_persons' as indicator, village, count(*) as numerator, null::bigint as denominator from persons group by all
    union all select 'not_out_persons', village, count(*) filter (status = '未脱贫'), null from persons group by village
    union all select 'ins_rate', village, count(*) filter (insured), count(*) from persons where alive and not exempt group by village
    union all select 'ins_paid_persons', village, count(*) filter (alive and insured), null from persons group by village
    union all select 'in_school_rate', village, count(*) filter (at_school), count(*) from persons where alive and of_age and not excused group by village
    union all select 'dropout_persons', village, count(*) filter (alive and of_age and dropped), null from persons group by village
    union all select 'home_persons', village, count(*) filter (alive and of_age and at_home), null from persons group by village
    union all select 'dibao_jd_persons', village, count(*) filter (in_dibao), null from persons group by village
    union all select 'dibao_persons', village, count(*) filter (kind = '农村'), null from dibao group by village
    union all select 'jd_hh', village, count(*), null from homes group by village
    union all select 'safe_house_rate', village, count(*) filter (housing_ok), count(*) from homes group by village
    union all select 'water_safe_rate', village, sum(members) filter (water_ok), sum(members) from homes group by village
    union all select 'dibao_cover_rate', village, count(*) filter (helped), count(*) from homes where attr not like '特困%' and npc < 4000 group by village
    union all select 'edge_hh', village, count(*), null from edge group by village
    union all select 'card_red', village, count(*) filter (status not like '已脱贫%'), null from homes group by village
    union all select 'card_yellow', village, count(*) filter (status like '已脱贫%' and npc between 4000 and 5000), null from homes group by village
    union all select 'card_green', village, count(*) filter (status like '已脱贫%' and npc > 5000 and housing_ok and water_ok and not person_open), null from homes group by village
    union all select 'ins_unpaid_persons', village, count(*) filter (alive and not exempt and not insured and unpaid), null from persons group by village
    union all select 'special_rate', village, count(*) filter (key in (select key from medical where scheme like '%特惠%')), count(*)
        from persons where alive and not exempt group by village
    union all select 'identified_rate', village, count(*), count(*) from homes group by village
    union all select 'card_review', village, count(*) filter (status like '已脱贫%' and (npc is null or npc < 4000
        or (npc > 5000 and (housing_ok is not true or water_ok is not true or person_open)))), null from homes group by village
    union all select 'danger_solved_rate', village, count(*) filter (housing_ok), count(*) from homes where left(grade, 1) in ('C', 'D') group by village
    union all select 'exit_safe_house_rate', village, count(*) filter (housing_ok and (certified = '是' or rebuilt_on is not null)), count(*)
        from homes where status like '已脱贫%' and exit_year = year(getvariable('as_of')) group by village
    union all select 'exit_person_water_rate', village, sum(members) filter (water_ok), sum(members)
        from homes where status like '已脱贫%' and exit_year = year(getvariable('as_of')) group by village
    union all select 'tap_rate', village, sum(members) filter (central), sum(members) from homes group by village
    union all select 'water_surveyed_rate', village, count(*) filter (surveyed), count(*) from homes group by village
    union all select 'water_open_hh', village, count(*) filter (water_ok is not true), null from homes group by village
    union all select 'central_supply_rate', village, count(*) filter (central), count(*) from homes group by village
    union all select 'exit_pass_rate', village, count(*) filter (not (failing or unsure or poor or npc_unknown)), count(*)
        from exits where status like '已脱贫%' and exit_year = year(getvariable('as_of')) group by village
    union all select 'not_out_ready_rate', village, count(*) filter (not (failing or unsure)), count(*) from exits where status = '未脱贫' group by village
    union all select 'chronic_rate', village, count(*) filter (contracted), count(*) from patients group by village
    union all select 'reimb_in_rate', village, sum(paid), sum(total) from stays where place = '本地' and paid <= total group by village
    union all select 'reimb_out_rate', village, sum(paid), sum(total) from stays where place <> '本地' and referred = '是' and paid <= total group by village
    union all select 'dsub_persons', village, count(*) filter (coalesce(living, 0) + coalesce(care, 0) > 0), null from disabled group by village
    union all select 'cert_rate', village, count(*) filter (holds), count(*) from disabled group by village
    union all select 'card_blue', village, count(*) filter (npc between 4000 and 5000), null from edge group by village
)
select indicator, substr(village, 1, level) as area, sum(numerator) as numerator, sum(denominator) as denominator,
    cast(sum(numerator) / nullif(sum(denominator), 0) as decimal(18, 6)) as value
from base cross join unnest([6, 9, 12]) as levels(level)
group by all;
